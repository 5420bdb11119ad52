namespace Jobtree.Telemetry;

/// <summary>The values of an instrument's labels: a key that costs no allocation to make.</summary>
/// <param name="First">The first value; empty where there is none.</param>
/// <param name="Second">The second.</param>
/// <param name="Third">The third.</param>
/// <param name="Fourth">The fourth.</param>
/// <param name="Fifth">The fifth.</param>
public readonly record struct LabelValues(string First, string Second, string Third, string Fourth, string Fifth)
{
    /// <summary>The most labels that an instrument has.</summary>
    public const int CountMax = 5;

    /// <summary>The longest value kept, in characters; the rest is cut off.</summary>
    public const int LengthMax = 256;

    /// <summary>The value of a label by position, from 0.</summary>
    /// <param name="index">The position.</param>
    public string this[int index] => index switch { 0 => First, 1 => Second, 2 => Third, 3 => Fourth, _ => Fifth };

    internal static LabelValues Of(Instrument instrument, ReadOnlySpan<string> values)
    {
        if (values.Length != instrument.Labels.Count)
            throw new ArgumentException(
                $"{instrument.Name} has the labels [{string.Join(", ", instrument.Labels)}]; {values.Length} values were given.");
        return new LabelValues(At(values, 0), At(values, 1), At(values, 2), At(values, 3), At(values, 4));
    }

    internal static LabelValues Other(Instrument instrument)
    {
        var values = new string[instrument.Labels.Count];
        Array.Fill(values, "other");
        return Of(instrument, values);
    }

    private static string At(ReadOnlySpan<string> values, int index)
    {
        if (index >= values.Length)
            return "";
        var value = values[index];
        return value.Length <= LengthMax ? value : value[..LengthMax];
    }
}
