using System.Text.Json;
using System.Text.RegularExpressions;

namespace Jobtree.Monitoring.Tests.Logs;

/// <summary>
/// The operators of a <c>filelog</c> receiver, carried out here as the collector does. It knows those that the shipped
/// configuration uses and refuses all others, so that a new one is not passed over in silence.
/// </summary>
internal sealed class FilelogPipeline
{
    private readonly IReadOnlyList<IDictionary<object, object>> operators;
    private readonly bool hasPath;

    public FilelogPipeline(IDictionary<object, object> receiver)
    {
        operators = [.. receiver.List("operators").Cast<IDictionary<object, object>>()];
        hasPath = receiver.Text("include_file_path") == "True";
    }

    /// <summary>Processes a line; null: it was dropped.</summary>
    public LogEntry? Process(string line, string file)
    {
        var entry = new LogEntry { Body = line };
        if (hasPath)
            entry.Attributes["log.file.path"] = file;
        foreach (var step in operators)
        {
            if (step.Text("if") is { } condition && !LogExpression.Holds(condition, entry))
                continue;
            if (step.Text("type") == "filter" && LogExpression.Holds(step.Text("expr")!, entry))
                return null;
            Apply(step, entry);
        }

        return entry;
    }

    private static void Apply(IDictionary<object, object> step, LogEntry entry)
    {
        switch (step.Text("type"))
        {
            case "filter":
                break;
            case "add":
                entry[step.Text("field")!] = step.Text("value");
                break;
            case "remove":
                Require(entry, step.Text("field")!);
                entry[step.Text("field")!] = null;
                break;
            case "move":
                var value = Require(entry, step.Text("from")!);
                entry[step.Text("from")!] = null;
                entry[step.Text("to")!] = value;
                break;
            case "json_parser":
                ParseJson(step, entry);
                break;
            case "regex_parser":
                ParseRegex(step, entry);
                break;
            case var other:
                throw new NotSupportedException($"The operator {other} is not known here.");
        }
    }

    private static object Require(LogEntry entry, string field) =>
        entry[field] ?? throw new InvalidOperationException($"The entry has no {field}: {entry.Body}");

    private static void ParseJson(IDictionary<object, object> step, LogEntry entry)
    {
        var text = (string)Require(entry, step.Text("parse_from") ?? "body");
        using var document = JsonDocument.Parse(text);
        foreach (var member in document.RootElement.EnumerateObject())
            entry.Attributes[member.Name] = Value(member.Value);
        if (step.ContainsKey("timestamp"))
            entry.Timestamp = Timestamp(step.Map("timestamp"), entry);
        if (step.ContainsKey("severity"))
            entry.Severity = (string)Require(entry, step.Map("severity").Text("parse_from")!);
        if (step.ContainsKey("trace"))
            entry.TraceId = (string?)entry[step.Map("trace", "trace_id").Text("parse_from")!];
    }

    private static DateTimeOffset Timestamp(IDictionary<object, object> how, LogEntry entry)
    {
        // Go's layout names the parts of its reference time; this one is RFC 3339 with fractions of a second.
        Assert.Equal("gotime", how.Text("layout_type"));
        Assert.Equal("2006-01-02T15:04:05.999999999Z07:00", how.Text("layout"));
        var text = (string)Require(entry, how.Text("parse_from")!);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$", text);
        return DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static object? Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().ToDictionary(
            member => member.Name, member => Value(member.Value)),
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };

    private static void ParseRegex(IDictionary<object, object> step, LogEntry entry)
    {
        var text = (string)Require(entry, step.Text("parse_from") ?? "body");
        // Go writes named groups with a P.
        var match = Regex.Match(text, step.Text("regex")!.Replace("(?P<", "(?<", StringComparison.Ordinal));
        Assert.True(match.Success, $"{text} does not match {step.Text("regex")}");
        foreach (Group group in match.Groups)
        {
            if (!char.IsAsciiDigit(group.Name[0]))
                entry[$"{step.Text("parse_to") ?? "attributes"}.{group.Name}"] = group.Value;
        }
    }
}

/// <summary>A record on its way through the collector.</summary>
internal sealed class LogEntry
{
    public string Body { get; set; } = "";

    public Dictionary<string, object?> Attributes { get; } = [];

    public Dictionary<string, object?> Resource { get; } = [];

    public DateTimeOffset? Timestamp { get; set; }

    public string? Severity { get; set; }

    public string? TraceId { get; set; }

    /// <summary>
    /// A field as the collector writes it: <c>body</c>, <c>attributes.a.b</c>, <c>attributes["a.b"]</c>.
    /// </summary>
    public object? this[string field]
    {
        get
        {
            if (field == "body")
                return Body;
            var (map, keys) = Place(field);
            object? found = map;
            foreach (var key in keys)
                found = (found as IReadOnlyDictionary<string, object?>)?.GetValueOrDefault(key);
            return found;
        }

        set
        {
            if (field == "body")
            {
                Body = ((string)value!).TrimEnd('\n');
                return;
            }

            var (map, keys) = Place(field);
            if (value is null)
                map.Remove(keys.Single());
            else
                map[keys.Single()] = value;
        }
    }

    private (Dictionary<string, object?> Map, IReadOnlyList<string> Keys) Place(string field)
    {
        var parts = Regex.Match(field, """^(?<root>attributes|resource)(?:\?*\.(?<key>\w+)|\["(?<key>[^"]+)"\])+$""");
        if (!parts.Success)
            throw new NotSupportedException($"The field {field} is not known here.");
        return (parts.Groups["root"].Value == "resource" ? Resource : Attributes,
            [.. parts.Groups["key"].Captures.Select(key => key.Value)]);
    }
}

/// <summary>The few forms of the collector's expressions that the shipped configuration uses.</summary>
internal static class LogExpression
{
    public static bool Holds(string text, LogEntry entry)
    {
        if (Regex.Match(text, @"^not \((?<inner>.*)\)$") is { Success: true } not)
            return !Holds(not.Groups["inner"].Value, entry);
        const string startsForm = """^(?:\((?<field>\S+) \?\? ""\)|(?<field>\S+)) startsWith "(?<start>[^"]*)"$""";
        if (Regex.Match(text, startsForm) is { Success: true } starts)
            return entry[starts.Groups["field"].Value] is string value
                && value.StartsWith(starts.Groups["start"].Value, StringComparison.Ordinal);
        if (Regex.Match(text, @"^(?<field>\S+) != nil$") is { Success: true } present)
            return entry[present.Groups["field"].Value] is not null;
        throw new NotSupportedException($"The expression {text} is not known here.");
    }
}
