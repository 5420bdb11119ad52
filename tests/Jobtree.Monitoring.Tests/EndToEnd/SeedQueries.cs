using Jobtree.Monitoring.Tests.Seeds;

namespace Jobtree.Monitoring.Tests.EndToEnd;

/// <summary>The metric names and the PromQL lines of the documents, as <c>docs/seeds.md</c> lists them.</summary>
internal static class SeedQueries
{
    /// <summary>Each with its number in the list and a query that must have data.</summary>
    public static IEnumerable<(string Place, string Expression)> All() => SeedTable.Shipped(Sources.Repository())
        .Select(row => (Place: $"{SeedTable.Path}, {row.Id}", Expression: Query(row)))
        .Where(row => row.Expression is not null).Select(row => (row.Place, row.Expression!));

    private static string? Query(SeedRow row) => row.Kind switch
    {
        "promql" or "shorthand" => row.Stands.Single(),
        // A histogram's own name has no series, unless one is recorded under it.
        "metric" => $$"""{__name__=~"{{row.Item.Split('{')[0]}}(_bucket)?"}""",
        _ => null,
    };
}
