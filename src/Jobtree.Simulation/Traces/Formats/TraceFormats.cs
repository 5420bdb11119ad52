using System.Collections.Immutable;
using System.Globalization;

namespace Jobtree.Simulation.Traces.Formats;

/// <summary>The formats of traces, by name or told by the first line of a file.</summary>
internal static class TraceFormats
{
    private static readonly SwfFormat Swf = new();

    private static readonly ImmutableArray<ITraceFormat> All =
        [new PhillyFormat(), new HeliosFormat(), new OpenbFormat(), Swf];

    /// <summary>The names as options give them.</summary>
    public static ImmutableArray<string> Names { get; } = [.. All.Select(format => format.Name)];

    /// <summary>What the reader would have understood, for the message about a file of another kind.</summary>
    public static string Expected => string.Join("; ", All.Where(format => format.HasHeader).Select(
        format => $"{format.Name} has the columns {string.Join(", ", format.Columns)}"))
        + "; swf begins with a comment (;) or 18 numbers";

    /// <summary>The format with a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public static ITraceFormat Named(string name) => All.Single(format => format.Name == name);

    /// <summary>
    /// Tells the format by the first line: a comment or a number is SWF; of the others, the header must have more of a
    /// format's columns than of any other's.
    /// </summary>
    /// <param name="line">The first line that is not blank.</param>
    /// <returns>The format; null if the line has no column of any.</returns>
    public static ITraceFormat? Of(string line)
    {
        if (SwfFormat.IsComment(line) || int.TryParse(FirstWord(line), NumberStyles.None, null, out _))
            return Swf;
        var header = new List<string>();
        if (CsvFields.Split(line, header) is not null)
            return null;
        var best = All.Where(format => format.HasHeader).MaxBy(format => format.Columns.Count(header.Contains))!;
        return best.Columns.Any(header.Contains) ? best : null;
    }

    private static ReadOnlySpan<char> FirstWord(string line)
    {
        var text = line.AsSpan().Trim();
        var end = text.IndexOfAny(' ', '\t');
        return end < 0 ? text : text[..end];
    }
}
