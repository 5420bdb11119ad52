using System.Text.RegularExpressions;
using Jobtree.Monitoring.Tests.Parsing;

namespace Jobtree.Monitoring.Tests.Alerts;

/// <summary>Each page has its parts, its commands exist, and its queries name known series.</summary>
public sealed partial class RunbookTests
{
    private const string Index = "docs/runbooks/README.md";

    private static readonly string[] Parts = ["What to look at", "What to do", "When it is over"];
    private static readonly Repository Repository = Sources.Repository();

    [Fact]
    public void Every_page_belongs_to_an_alert_and_has_its_parts()
    {
        var alerts = RuleFile.Shipped(Repository).SelectMany(file => file.Rules)
            .Where(rule => rule.IsAlert).Select(rule => rule.Name).ToHashSet();
        var faults = Pages().SelectMany(page => Faults(page, alerts));
        Nothing(faults);
    }

    [Fact]
    public void Every_command_of_a_page_exists()
    {
        var commands = Pages().SelectMany(page => Lines(page, "sh").Concat(Inline(page))
            .Select(line => (Page: page, Line: line))).ToList();
        Assert.True(commands.Count(command => command.Line.StartsWith("kubectl runs ", StringComparison.Ordinal)) > 40);
        Nothing(commands.SelectMany(command =>
            CommandLines.Problems(command.Line).Select(problem => $"{command.Page}: {command.Line}: {problem}")));
    }

    [Fact]
    public async Task Every_query_of_a_page_names_known_series()
    {
        Assert.SkipUnless(PromQlParser.Missing is null, PromQlParser.Missing ?? "");
        var known = new KnownSeries(Repository);
        var queries = Pages().SelectMany(page => Lines(page, "promql").Select(query => (page, query))).ToList();
        Assert.NotEmpty(queries);
        var parsed = await PromQlParser.Parse([.. queries.Select(each => each.query)]);
        Nothing(queries.Zip(parsed).SelectMany(pair => pair.Second.Error is { } error
            ? [$"{pair.First.page}: {pair.First.query}: {error}"]
            : pair.Second.Selectors.Where(selector => known.Find(selector.Name) is null)
                .Select(selector => $"{pair.First.page}: nothing emits {selector.Name}.")));
    }

    private static void Nothing(IEnumerable<string> faults)
    {
        var text = string.Join('\n', faults);
        Assert.True(text.Length == 0, text);
    }

    private static List<string> Pages() => [.. Repository.List("docs/runbooks", ".md").Where(page => page != Index)];

    private static IEnumerable<string> Faults(string page, HashSet<string> alerts)
    {
        var text = Repository.Read(page);
        var name = Path.GetFileNameWithoutExtension(page);
        if (!alerts.Contains(name))
            yield return $"{page}: there is no alert {name}.";
        if (!text.StartsWith($"# {name}\n", StringComparison.Ordinal))
            yield return $"{page}: the title is not {name}.";
        var titles = Heading().Matches(text).Select(match => match.Groups[1].Value);
        if (!titles.SequenceEqual(Parts))
            yield return $"{page}: the parts are {string.Join(", ", titles)}, not {string.Join(", ", Parts)}.";
        if (!Listed(name))
            yield return $"{page}: docs/runbooks/README.md does not list it.";
    }

    private static bool Listed(string name) =>
        Repository.Read(Index).Contains($"[{name}]({name}.md)", StringComparison.Ordinal);

    private static IEnumerable<string> Lines(string page, string language) =>
        Block().Matches(Repository.Read(page)).Where(match => match.Groups[1].Value == language)
            .SelectMany(match => match.Groups[2].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries));

    private static IEnumerable<string> Inline(string page) =>
        Command().Matches(Repository.Read(page)).Select(match => match.Groups[1].Value);

    [GeneratedRegex("^## (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("`((kubectl runs|\\./jobtree) [^`]+)`")]
    private static partial Regex Command();

    [GeneratedRegex("^```([a-z]*)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
