using System.Text.Json;

namespace Jobtree.Monitoring.Tests.Parsing;

/// <summary>Prometheus' own grammar, from npm: what a query selects, and by what it groups.</summary>
internal static class PromQlParser
{
    private static readonly string Packages = Path.Combine(Sources.Root, "artifacts/tools/npm");

    /// <summary>What this machine lacks to parse queries; absent if nothing.</summary>
    public static string? Missing =>
        Programs.Find("node") is null ? "node is not installed"
        : Directory.Exists(Path.Combine(Packages, "node_modules/@lezer/highlight")) ? null
        : "the packages of tests/tools are not installed: ./jobtree test does it";

    /// <summary>Parses queries, all in one process.</summary>
    public static async Task<IReadOnlyList<ParsedQuery>> Parse(IReadOnlyList<string> queries)
    {
        var script = Path.Combine(Sources.Root, "tests/Jobtree.Monitoring.Tests/Parsing/parse.mjs");
        var output = await Programs.Run("node", [script, Packages], JsonSerializer.Serialize(queries));
        return JsonSerializer.Deserialize<List<ParsedQuery>>(output, JsonSerializerOptions.Web)!;
    }
}

/// <summary>A parsed query.</summary>
/// <param name="Error">Where it breaks the grammar; absent if it does not.</param>
/// <param name="Selectors">What it selects, from left to right.</param>
/// <param name="Groupings">Its aggregations.</param>
internal sealed record ParsedQuery(
    string? Error, IReadOnlyList<Selector> Selectors, IReadOnlyList<Grouping> Groupings);

/// <summary>A selector of a series.</summary>
/// <param name="Name">The series.</param>
/// <param name="Matchers">The conditions on labels.</param>
/// <param name="Window">The duration in brackets; absent of an instant.</param>
/// <param name="Call">The function that takes the window, such as <c>rate</c>.</param>
internal sealed record Selector(string Name, IReadOnlyList<Matcher> Matchers, string? Window, string? Call);

/// <summary>A condition on a label.</summary>
internal sealed record Matcher(string Label, string Operator, string Value);

/// <summary>An aggregation.</summary>
/// <param name="Labels">The labels that remain, of <c>by</c>; absent if there is none.</param>
/// <param name="Selectors">The indices of the selectors under it.</param>
internal sealed record Grouping(IReadOnlyList<string>? Labels, IReadOnlyList<int> Selectors);
