using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Tests.Scheduling;

public sealed class GrowthTests
{
    [Theory]
    [InlineData(4, 1)]
    [InlineData(5, 0)] // As wide as what it displaces: it leaves no room.
    public void What_a_displaced_claim_leaves_is_grown_into_at_once(int displacing, int steps)
    {
        var bench = new LedgerBench();
        bench.Nodes(3, 8);
        Budget(bench, "org", [], 5, 5);
        Budget(bench, "org:kid", ["org"]);
        bench.Admit("elastic", "org:kid", 10, demand => demand with { GpusMin = 6, GpusStep = 1, GpusDesired = 12 });
        bench.Now += TimeSpan.FromMinutes(5);
        bench.Pass();
        var (before, releases) = (bench.Ledger.Count, bench.State.Funding.Releases);
        bench.Admit("own", "org", displacing);
        Assert.True(bench.State.Funding.Releases > releases);
        bench.Pass();
        Assert.Equal(1 + steps, bench.Ledger.Count - before);
        Assert.Equal(10 + steps, bench.State.Running[new RunKey("ns", "elastic")].Gpus());
    }

    [Fact]
    public void A_start_that_displaces_nothing_releases_nothing()
    {
        var bench = new LedgerBench();
        bench.Nodes(3, 8);
        bench.Budget("a", 8);
        var releases = bench.State.Funding.Releases;
        bench.Admit("funded", "a", 8);
        bench.Admit("unfunded", "a", 8);
        Assert.Equal(releases, bench.State.Funding.Releases);
    }

    private static void Budget(LedgerBench bench, string owner, IReadOnlyList<string> parents, params int[] widths) =>
        bench.Record(new LedgerEntry { At = bench.Now, Budgets = [new Budget { Name = owner.Replace(':', '-'),
            Owner = owner, Parents = parents, Envelopes = [.. widths.Select((gpus, i) => new Envelope {
                Name = $"e{i}", Flavor = "H100", Concurrency = gpus, Start = LedgerBench.Epoch.AddDays(-1) })] }] });
}
