using System.Globalization;
using System.Text;

namespace Jobtree.Silo.Metrics;

/// <summary>
/// The tags of one measurement, as a key. Further tags than three are left out, so that no library can make a series
/// per request.
/// </summary>
internal readonly record struct TagSet
{
    private readonly KeyValuePair<string, object?> first;
    private readonly KeyValuePair<string, object?> second;
    private readonly KeyValuePair<string, object?> third;

    public TagSet(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length > 0)
            first = tags[0];
        if (tags.Length > 1)
            second = tags[1];
        if (tags.Length > 2)
            third = tags[2];
    }

    /// <summary>The value of a tag; null: there is none of this name.</summary>
    public string? Value(string name) =>
        first.Key == name ? Text(first.Value) : second.Key == name ? Text(second.Value) : third.Key == name ? Text(
            third.Value) : null;

    /// <summary>The tags as Prometheus labels without braces; empty: there are none.</summary>
    public string Labels()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in (ReadOnlySpan<KeyValuePair<string, object?>>)[first, second, third])
        {
            if (name is null)
                continue;
            if (text.Length > 0)
                text.Append(',');
            text.Append(SeriesName.Of(name)).Append("=\"").Append(Escaped(Text(value))).Append('"');
        }

        return text.ToString();
    }

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace(
            "\"", "\\\"", StringComparison.Ordinal);
}
