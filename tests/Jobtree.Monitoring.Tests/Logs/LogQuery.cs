using System.Text.Json;
using System.Text.RegularExpressions;

namespace Jobtree.Monitoring.Tests.Logs;

/// <summary>A LogQL query as Grafana's parser reads it: what it selects by labels and by the text of lines.</summary>
internal sealed record LogQuery(
    string? Error, IReadOnlyList<LogCondition> Matchers, IReadOnlyList<LogCondition> Filters)
{
    private static readonly string Modules = Path.Combine(Sources.Root, "artifacts/tools/npm");

    /// <summary>Whether the parser can be had.</summary>
    public static bool CanParse =>
        Directory.Exists(Path.Combine(Modules, "node_modules/@grafana/lezer-logql"))
        && Programs.Find("node") is not null;

    /// <summary>Parses queries.</summary>
    public static async Task<IReadOnlyList<LogQuery>> Parse(params IEnumerable<string> queries)
    {
        var script = Path.Combine(Sources.Root, "tests/Jobtree.Monitoring.Tests/Logs/logql.cjs");
        var answer = await Programs.Run("node", [script, Modules], JsonSerializer.Serialize(queries));
        return JsonSerializer.Deserialize<IReadOnlyList<LogQuery>>(answer, JsonSerializerOptions.Web)!;
    }

    /// <summary>Whether it selects a record: what Loki does with matchers and line filters.</summary>
    public bool Selects(LokiRecord record) =>
        Matchers.All(matcher => matcher.Holds(record.Labels.GetValueOrDefault(matcher.Name!, "")))
        && Filters.All(filter => filter.Holds(record.Line));
}

/// <summary>A label matcher, or a line filter, which has no name.</summary>
internal sealed record LogCondition(string? Name, string Operator, string Value)
{
    public bool Holds(string text) => Operator switch
    {
        "=" => text == Value,
        "!=" when Name is null => !text.Contains(Value, StringComparison.Ordinal),
        "!=" => text != Value,
        "=~" => Regex.IsMatch(text, $"^(?:{Value})$"),
        "!~" when Name is null => !Regex.IsMatch(text, Value),
        "!~" => !Regex.IsMatch(text, $"^(?:{Value})$"),
        "|=" => text.Contains(Value, StringComparison.Ordinal),
        "|~" => Regex.IsMatch(text, Value),
        _ => throw new NotSupportedException($"The operator {Operator} is not known here."),
    };
}

/// <summary>A log record as Loki has it.</summary>
/// <param name="Labels">The labels of its stream.</param>
/// <param name="Line">The line.</param>
/// <param name="Metadata">Its structured metadata.</param>
internal sealed record LokiRecord(
    IReadOnlyDictionary<string, string> Labels, string Line, IReadOnlyDictionary<string, string> Metadata);
