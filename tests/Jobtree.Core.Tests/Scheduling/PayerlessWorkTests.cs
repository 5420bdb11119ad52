using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Tests.Scheduling;

public sealed class PayerlessWorkTests
{
    [Fact]
    public void A_fleet_full_of_leases_without_a_payer_gets_payers_in_order_and_in_bounded_entries()
    {
        const int leases = 10_000, paid = 6_000;
        var bench = new LedgerBench();
        bench.Nodes(leases / 8, 8);
        for (var i = 0; i < leases; i++)
        {
            bench.Now += TimeSpan.FromSeconds(1);
            bench.Admit($"r{i}", "a", 1);
        }
        Assert.Null(bench.State.NextAssignment(bench.Now));
        var before = bench.Ledger.Count;
        bench.Budget("a", paid);
        Assert.Equal(1 + 3, bench.Ledger.Count - before);
        Assert.False(bench.State.Funding.HasPayerless);
        Assert.Equal((paid, leases - paid),
            ((int)bench.State.Funding.InUse.Owned, bench.State.Funding.WhollyUnfundedGpus));
        for (var i = 0; i < leases; i += 999)
        {
            var lease = Assert.Single(bench.State.Running[new RunKey("ns", $"r{i}")].Leases);
            Assert.Equal(i < paid ? FundingClass.Owned : FundingClass.Unfunded,
                bench.State.Funding.ClassOf(lease.Id));
        }
        Assert.Empty(StateAudit.Check(bench.State));
    }

    [Fact]
    public void A_lease_is_given_a_payer_once()
    {
        var bench = new LedgerBench();
        bench.Nodes(1, 8);
        bench.Admit("r", "a", 4);
        bench.Budget("a", 8);
        var run = new RunKey("ns", "r");
        Assert.Equal(new EnvelopeKey("a", "e"), Assert.Single(bench.State.Running[run].Leases).Payer);
        var again = new LedgerEntry { At = bench.Now,
            Assign = [new PayerAssignment(1, run, new EnvelopeKey("b", "e"))] };
        Assert.Throws<InvalidOperationException>(() => bench.Record(again));
    }

    [Fact]
    public void What_the_lease_used_before_is_metered_as_unfunded()
    {
        var bench = new LedgerBench();
        bench.Nodes(1, 8);
        bench.Admit("r", "a", 4);
        bench.Now += TimeSpan.FromMinutes(10);
        bench.Budget("a", 8);
        bench.Now += TimeSpan.FromMinutes(5);
        var run = bench.State.Running[new RunKey("ns", "r")];
        var used = run.Meter.GpuSeconds + bench.State.Funding.Unmetered(run.Leases, bench.Now);
        Assert.Equal(new ClassSplit(4 * 300, 0, 0, 4 * 600), used);
    }
}
