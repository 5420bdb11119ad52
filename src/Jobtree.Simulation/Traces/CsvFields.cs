using System.Text;

namespace Jobtree.Simulation.Traces;

/// <summary>
/// Splits one line of comma-separated values. A field may be in double quotes; a quote inside is doubled.
/// </summary>
internal static class CsvFields
{
    /// <summary>Splits a line.</summary>
    /// <param name="line">The line, without its end.</param>
    /// <param name="fields">Receives the fields; its previous content is cleared.</param>
    /// <returns>The error in the line, or null.</returns>
    public static string? Split(string line, List<string> fields)
    {
        fields.Clear();
        var at = 0;
        while (true)
        {
            if (at < line.Length && line[at] == '"')
            {
                if (!TryQuoted(line, ref at, out var quoted))
                    return "a quoted field is not closed on its line";
                fields.Add(quoted);
                if (at < line.Length && line[at] != ',')
                    return $"character {at + 1} follows a closing quote; a comma is allowed there";
            }
            else
            {
                var comma = line.IndexOf(',', at);
                var end = comma < 0 ? line.Length : comma;
                fields.Add(line[at..end]);
                at = end;
            }

            if (at >= line.Length)
                return null;
            at++;
        }
    }

    private static bool TryQuoted(string line, ref int at, out string field)
    {
        var text = new StringBuilder();
        for (at++; at < line.Length; at++)
        {
            if (line[at] != '"')
            {
                text.Append(line[at]);
            }
            else if (at + 1 < line.Length && line[at + 1] == '"')
            {
                text.Append('"');
                at++;
            }
            else
            {
                at++;
                field = text.ToString();
                return true;
            }
        }

        field = string.Empty;
        return false;
    }
}
