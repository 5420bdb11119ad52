using System.Globalization;

namespace Jobtree.Simulation.Traces;

/// <summary>
/// The fields of the current line of a trace, by the names of their columns. A field that is not valid is refused with
/// the line, the column and what is allowed.
/// </summary>
/// <param name="file">The name of the file for messages.</param>
/// <param name="limits">The limits.</param>
internal sealed class TraceRow(string file, TraceLimits limits)
{
    private const string InstantFormat = "yyyy-MM-dd HH:mm:ss";

    private readonly Dictionary<string, int> _columns = new(StringComparer.Ordinal);
    private readonly Dictionary<LeftOutReason, int> _leftOut = [];

    /// <summary>The fields of the line.</summary>
    public List<string> Fields { get; } = [];

    /// <summary>The number of the line, counted from 1.</summary>
    public int Line { get; set; }

    /// <summary>How many rows were left out so far, by reason.</summary>
    public IReadOnlyDictionary<LeftOutReason, int> LeftOut => _leftOut;

    /// <summary>Sets the columns of the file.</summary>
    /// <param name="columns">The names of all fields of a line, in order.</param>
    public void Name(IReadOnlyList<string> columns)
    {
        for (var index = 0; index < columns.Count; index++)
            _columns.TryAdd(columns[index], index);
    }

    /// <summary>Counts the row as left out.</summary>
    /// <returns>Null, which stands for no job.</returns>
    public TraceJob? LeaveOut(LeftOutReason reason)
    {
        _leftOut[reason] = _leftOut.GetValueOrDefault(reason) + 1;
        return null;
    }

    /// <summary>Whether a field is empty.</summary>
    public bool IsEmpty(string column) => Field(column).Length == 0;

    /// <summary>The text of a field, of any length.</summary>
    public string Field(string column) => Fields[_columns[column]];

    /// <summary>A name: 1 to 128 characters, none of them a control character.</summary>
    public string Text(string column)
    {
        var text = Field(column);
        if (text.Length == 0 || text.Length > limits.NameLengthMax)
            throw Wrong($"{column} has {text.Length} characters; 1 to {limits.NameLengthMax} are allowed");
        return text.Any(PrintableText.IsUnprintable) ? throw Wrong($"{column} holds a control character") : text;
    }

    /// <summary>A whole number from 0 to a maximum.</summary>
    public int Number(string column, int max) =>
        int.TryParse(Field(column), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= max
            ? number
            : throw Wrong($"{column} is '{Shown(column)}'; a whole number from 0 to {max} is allowed");

    /// <summary>A number of GPUs.</summary>
    public int Gpus(string column) => Number(column, limits.GpusMax);

    /// <summary>A time of 0 and more.</summary>
    /// <param name="column">The column.</param>
    /// <param name="unit">The unit that the field counts in.</param>
    /// <param name="unitName">The name of the unit.</param>
    public TimeSpan Time(string column, TimeSpan unit, string unitName)
    {
        var unitsMax = limits.SpanMax / unit;
        return double.TryParse(
            Field(column), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var units)
            && units <= unitsMax
            ? TimeSpan.FromTicks((long)Math.Round(units * unit.Ticks))
            : throw Wrong($"{column} is '{Shown(column)}'; {unitName} from 0 to {unitsMax:0} are allowed");
    }

    /// <summary>An instant of a calendar without a time zone, counted from 1970.</summary>
    public TimeSpan Instant(string column) =>
        DateTime.TryParseExact(
            Field(column), InstantFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant)
            ? instant - DateTime.UnixEpoch
            : throw Wrong($"{column} is '{Shown(column)}'; an instant such as 2020-06-09 18:41:01 is allowed");

    /// <summary>A flag, 0 or 1.</summary>
    public bool Flag(string column) => Field(column) switch
    {
        "0" => false,
        "1" => true,
        _ => throw Wrong($"{column} is '{Shown(column)}'; 0 or 1 is allowed"),
    };

    /// <summary>A field as it may be shown: shortened, without control characters.</summary>
    public string Shown(string column)
    {
        var text = Field(column);
        return PrintableText.Of(text.Length > 40 ? text[..40] + "…" : text);
    }

    /// <summary>The error in this line.</summary>
    public TraceFormatException Wrong(string message) => new(file, Line, message);
}
