using System.Text.RegularExpressions;
using Jobtree.Telemetry;

namespace Jobtree.Monitoring.Tests.EndToEnd;

/// <summary>Which queries must have a result on one silo that runs the demo.</summary>
internal sealed partial class Expected
{
    /// <summary>What there is between several silos only, or after a grain's call has failed.</summary>
    private static readonly string[] Elsewhere =
    [
        "orleans_directory_lookups_remote_", "orleans_messaging_pings_", "orleans_messaging_sent_messages_size_",
        "outcome!=\"ok\"",
    ];

    private readonly Dictionary<string, bool> isAbsent;

    /// <param name="recorded">The recording rules.</param>
    public Expected(IEnumerable<PrometheusRule> recorded)
    {
        // Not there are the series of Redis and of programs with the SDK, which do not run, and those of faults.
        isAbsent = Catalogue.All.ToDictionary(
            metric => metric.Name, metric => metric.Presence is MetricPresence.Fault or MetricPresence.Redis
                or MetricPresence.Certificate);
        foreach (var metric in Catalogue.Sdk)
            isAbsent[metric.Name] = true;
        foreach (var rules in recorded.GroupBy(rule => rule.Name))
            isAbsent[rules.Key] = rules.All(rule => MayBeEmpty(rule.Expression));
    }

    /// <summary>
    /// Whether a query may be empty: a series in it is not there, and nothing is offered in its place.
    /// </summary>
    public bool MayBeEmpty(string expression)
    {
        if (Elsewhere.Any(part => expression.Contains(part, StringComparison.Ordinal)))
            return true;
        var absent = Names().Matches(expression).Select(name => IsAbsent(name.Value)).OfType<bool>().ToList();
        return Regex.IsMatch(expression, @"\bor\b")
            ? absent.Count > 0 && absent.All(series => series)
            : absent.Contains(true);
    }

    /// <summary>Null: it is no series of Jobtree's.</summary>
    private bool? IsAbsent(string name) =>
        isAbsent.TryGetValue(name, out var absent)
        || isAbsent.TryGetValue(HistogramSuffix().Replace(name, ""), out absent)
            ? absent : null;

    [GeneratedRegex(@"[a-zA-Z_][\w:]*")]
    private static partial Regex Names();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex HistogramSuffix();
}
