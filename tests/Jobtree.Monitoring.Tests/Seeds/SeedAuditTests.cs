using Jobtree.Monitoring.Tests.Parsing;

namespace Jobtree.Monitoring.Tests.Seeds;

/// <summary>Every item of the documents is served, and the audit that says so finds what is not.</summary>
public sealed class SeedAuditTests
{
    private const string Head = "| id | kind | item | stands for it | where | data | why |\n";

    [Fact]
    public async Task Everything_that_the_page_promises_is_there()
    {
        NeedParser();
        var repository = Sources.Repository();
        var rows = SeedTable.Shipped(repository);
        Assert.Equal("BJQTW", string.Concat(rows.Select(row => row.Id[0]).Distinct().Order()));
        var findings = string.Join('\n', await new SeedAudit(rows, new ShippedWorld(repository)).Findings());
        Assert.True(findings.Length == 0, findings);
    }

    [Theory]
    [InlineData("| X1 | metric | `known_total{a}` | `known_total` | `a.md` | always | |")]
    [InlineData(@"| X1 | promql | `rate(known_total{a=""x\|y""}[5m]) > 1` | `known_total` | `a.md` | load | |")]
    [InlineData("| X1 | panel | a panel | `board/Panel` | `a.md` | | |")]
    [InlineData("| X1 | alert | an alert | `Alert` | `a.md` | | |")]
    [InlineData("| X1 | command | `kubectl runs explain NAMESPACE/RUN` | `explain` | `a.md` | | |")]
    [InlineData("| X1 | setting | a setting | `word` | `a.md` | | |")]
    [InlineData("| X1 | open | an item | | | | comes with issue 10 |")]
    public async Task A_row_that_is_true_has_no_finding(string row) => Assert.Equal([], await Findings(row));

    [Theory]
    [InlineData("| X1 | metric | `other_total` | `known_total` | `a.md` | always | |",
        "nothing emits or records other_total.")]
    [InlineData("| X1 | metric | `known_total{b}` | `known_total` | `a.md` | always | |",
        "known_total has no label b.")]
    [InlineData("| X1 | metric | `known_total` | `other` | `a.md` | always | |", "nothing emits or records other.")]
    [InlineData("| X1 | metric | `known_total` | `known_total` | `a.md` | soon | |",
        "its data is soon, not one of always, load, executor, collected.")]
    [InlineData("| X1 | promql | `other > 1` | `known_total` | `a.md` | load | |", "nothing emits or records other.")]
    [InlineData("| X1 | logql | `{job=\"x\", run=\"y\"}` | `job` | `a.md` | | |", "the label run is not listed.")]
    [InlineData("| X1 | panel | a panel | `board/Other` | `a.md` | | |", "there is no panel board/Other.")]
    [InlineData("| X1 | alert | an alert | `Other` | `a.md` | | |", "a.md has no alert Other.")]
    [InlineData("| X1 | command | `./jobtree fly` | `fly` | `a.md` | | |", "there is no ./jobtree fly.")]
    [InlineData("| X1 | setting | a setting | `words` | `a.md` | | |", "a.md does not contain words.")]
    [InlineData("| X1 | file | a file | `word` | `b.md` | | |", "b.md does not exist.")]
    [InlineData("| X1 | file | a file | `word` | | | |", "it does not say where.")]
    [InlineData("| X1 | open | an item | | | | later |", "it does not name the issue that will build it.")]
    [InlineData("| X1 | thing | an item | | `a.md` | | |", "the kind thing is not known.")]
    public async Task A_row_that_is_not_true_is_found(string row, string finding) =>
        Assert.Contains($"{SeedTable.Path}, row X1: {finding}", await Findings(row));

    [Fact]
    public void A_row_with_a_cell_too_few_is_refused_with_its_id() => Assert.Contains(
        "X1 has 6 cells, not 7",
        Assert.Throws<FormatException>(() => SeedTable.Read("| X1 | file | a | `b` | `a.md` | |")).Message);

    private static async Task<IReadOnlyList<string>> Findings(string row)
    {
        NeedParser();
        return await new SeedAudit(SeedTable.Read(Head + row), new SmallWorld()).Findings();
    }

    private static void NeedParser() => Assert.SkipUnless(PromQlParser.Missing is null, PromQlParser.Missing ?? "");

    /// <summary>One of each.</summary>
    private sealed class SmallWorld : ISeedWorld
    {
        public string? Text(string path) => path == "a.md" ? "a word" : null;

        public bool IsSeries(string name) => name == "known_total";

        public IReadOnlySet<string> Labels(string name) => new HashSet<string> { "a" };

        public bool HasPanel(string panel) => panel == "board/Panel";

        public bool HasAlert(string path, string alert) => alert == "Alert";
    }
}
