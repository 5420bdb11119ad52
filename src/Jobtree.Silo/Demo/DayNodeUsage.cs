using System.Text.Json;
using System.Text.Json.Nodes;

namespace Jobtree.Silo.Demo;

/// <summary>How busy nodes would be with what they hold: used GPUs work, and the processors feed them.</summary>
internal static class DayNodeUsage
{
    private const double BusyWhenUsed = 0.9;

    /// <summary>The report of each node.</summary>
    /// <param name="nodes">The answer of the API to a question for nodes.</param>
    /// <param name="now">The time, for a little movement.</param>
    public static IEnumerable<(string Node, string Report)> Of(string nodes, TimeSpan now)
    {
        using var document = JsonDocument.Parse(nodes);
        foreach (var item in document.RootElement.GetProperty("items").EnumerateArray())
        {
            var node = item.GetProperty("node");
            var used = item.GetProperty("used").GetInt32() / (double)node.GetProperty("gpus").GetInt32();
            var wave = 0.05 * (1 + Math.Sin(now.TotalSeconds / 7));
            yield return (node.GetProperty("name").GetString()!, new JsonObject
            {
                ["gpu"] = Math.Round(BusyWhenUsed * used * (1 + wave), 3),
                ["cpu"] = Math.Round(0.05 + (0.5 * used) + wave, 3),
                ["memory"] = Math.Round(0.1 + (0.6 * used), 3),
            }.ToJsonString());
        }
    }
}
