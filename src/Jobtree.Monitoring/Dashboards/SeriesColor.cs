namespace Jobtree.Monitoring.Dashboards;

/// <summary>
/// Colours that mean something: a state, an outcome or a percentile has the same colour on every panel. All other
/// series take the palette's colours in turn.
/// </summary>
internal static class SeriesColor
{
    private const string Good = "green";
    private const string Neutral = "blue";
    private const string Warning = "orange";
    private const string Bad = "red";
    private const string Other = "purple";

    private static readonly Dictionary<string, (string Value, string Color)[]> OfLabel = new()
    {
        ["{{state}}"] =
        [
            ("ready", Good), ("free", Good), ("used", Neutral), ("cordoned", Warning),
            ("draining", Warning), ("fenced", Bad),
        ],
        ["{{result}}"] = [("bound", Good), ("reserved", Neutral), ("waiting", Warning), ("error", Bad)],
        ["{{outcome}}"] =
        [
            ("bound", Good), ("reserved", Neutral), ("waiting", Warning), ("reclaimed", Bad), ("ended", Other),
        ],
        ["{{phase}}"] = [("running", Good), ("reserved", Neutral), ("pending", Warning)],
        ["{{reason}}"] = [("reserved", Neutral), ("waiting", Warning)],
        ["{{status}}"] =
        [
            ("succeeded", Good), ("completed", Good), ("submitted", Neutral), ("preempted", Warning), ("failed", Bad),
            ("cancelled", Other),
        ],
        ["{{class}}"] = [("owned", Good), ("shared", Neutral), ("borrowed", Other), ("unfunded", Warning)],
    };

    private static readonly Dictionary<string, string> OfName = new()
    {
        ["p10"] = Neutral, ["p50"] = Good, ["p90"] = Warning, ["p95"] = Warning, ["p99"] = Bad, ["average"] = Neutral,
        ["submitted"] = Neutral, ["completed"] = Good, ["failed"] = Bad, ["limit"] = Bad, ["threshold"] = Bad,
    };

    /// <summary>The series of a panel that have a colour of their own.</summary>
    public static IEnumerable<(string Name, string Color)> Of(Panel panel) =>
        panel.Queries.SelectMany(query => OfLabel.TryGetValue(query.Legend, out var colors) ? colors
            : OfName.TryGetValue(query.Legend, out var color) ? [(query.Legend, color)] : []);
}
