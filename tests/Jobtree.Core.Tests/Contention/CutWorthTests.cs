using Jobtree.Core.Contention;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Core.Tests.Scheduling;

namespace Jobtree.Core.Tests.Contention;

/// <summary>A guest on all 8 GPUs, and a claim of their owner: whether it is cut is a matter of what is lost.</summary>
public sealed class CutWorthTests
{
    private static readonly RunKey Guest = new("ns", "guest");

    /// <summary>
    /// The guest computes for a time of what it is expected to take, and one GPU of the owner's two, four or eight is
    /// claimed. An allowance is six hours of the owner's GPUs.
    /// </summary>
    [Theory]
    [InlineData(8, 0, 600, true, false)] // Nothing is lost.
    [InlineData(8, 56, 60, false, false)] // It will be done in four minutes.
    [InlineData(8, 4, 600, true, false)] // 32 GPU-minutes are lost, a quarter of the wait is 149.
    [InlineData(8, 60, 600, true, true)]
    [InlineData(8, 350, 600, true, true)] // 46.7 of 48 GPU-hours.
    [InlineData(8, 370, 600, false, false)]
    [InlineData(4, 170, 600, true, true)]
    [InlineData(4, 190, 600, false, false)]
    public void A_cut_is_weighed_against_the_wait(
        int concurrency, int computed, int expected, bool isCut, bool isCharged)
    {
        var bench = Started(concurrency, expected);
        bench.Now += TimeSpan.FromMinutes(computed);
        var entry = bench.Admit("claim", "owner", 1);
        Assert.Equal((isCut, isCharged), (entry.Close is not null, entry.Resolution?.Charge is not null));
        if (isCharged)
            Assert.Equal(new CutCharge("owner", 8L * computed * 60, entry.Resolution!.Charge!.Used),
                entry.Resolution.Charge);
        Assert.Empty(StateAudit.Check(bench.State));
    }

    [Fact]
    public void What_was_charged_is_given_back_in_sixty_days_at_most_and_survives_a_snapshot()
    {
        var bench = Started(8, 600);
        for (var round = 0; round < 2; round++)
        {
            bench.Now += TimeSpan.FromHours(5);
            Assert.NotNull(bench.Admit($"claim{round}", "owner", 1).Resolution!.Charge);
            bench.Complete(new RunKey("ns", $"claim{round}"));
            bench.Pass();
            bench.Now += TimeSpan.FromHours(5);
            Assert.Null(bench.Admit($"another{round}", "owner", 1).Close); // The allowance is used up.
            bench.Record(new LedgerEntry { At = bench.Now,
                Leave = new Departure(new RunKey("ns", $"another{round}"), LeaseEndReason.Cancelled) });

            var restored = new FlavorState("H100");
            restored.Restore(bench.State.Take());
            Assert.Equal(bench.State.CutAllowances.Export(), restored.CutAllowances.Export());
            bench.Complete(Guest);
            bench.Now += TimeSpan.FromDays(60);
            Assert.NotNull(bench.Admit("guest", "nobody", 8, With(600)).Open);
        }
    }

    [Fact]
    public void After_the_longest_wait_a_claim_is_served_whatever_is_lost()
    {
        var bench = Started(1, 11 * 24 * 60);
        bench.Now += TimeSpan.FromDays(1);
        var promise = bench.Admit("claim", "owner", 1).Reserve!;
        Assert.Equal(bench.Now + new SchedulerOptions().ClaimWaitMax, promise.EarliestStart);
        bench.Now = promise.EarliestStart - TimeSpan.FromMinutes(1);
        Assert.Null(bench.Scheduler.NextDecision(bench.Now));
        bench.Now = promise.EarliestStart;
        var start = bench.Record(bench.Scheduler.NextDecision(bench.Now)!);
        Assert.Equal((Guest, null), (start.Close![0].Run, start.Resolution!.Charge));
    }

    [Fact]
    public void Without_a_wait_claims_are_served_at_once()
    {
        var bench = Started(1, 600_000, new SchedulerOptions { ClaimWaitMax = TimeSpan.Zero });
        bench.Now += TimeSpan.FromDays(1);
        Assert.Equal(Guest, bench.Admit("claim", "owner", 1).Close![0].Run);
    }

    [Fact]
    public void No_more_owners_are_remembered_than_the_limit()
    {
        var allowances = new CutAllowances();
        for (var i = 0; i <= CutAllowances.OwnersMax; i++)
            allowances.Set(new CutAllowanceUse($"o{i}", 5, LedgerBench.Epoch.AddSeconds(i)));
        Assert.Equal(CutAllowances.OwnersMax, allowances.Export().Count());
        Assert.Equal(0, allowances.UsedBy("o0", 0, LedgerBench.Epoch));
        Assert.Equal(3, allowances.UsedBy("o1", 0.5, LedgerBench.Epoch.AddSeconds(1 + 4)));
    }

    private static LedgerBench Started(int concurrency, int expectedMinutes, SchedulerOptions? options = null)
    {
        var bench = new LedgerBench(options: options);
        bench.Nodes(1, 8);
        bench.Budget("owner", concurrency);
        bench.Admit("guest", "nobody", 8, With(expectedMinutes));
        return bench;
    }

    private static Func<Demand, Demand> With(int expectedMinutes) =>
        demand => demand with { ExpectedDuration = TimeSpan.FromMinutes(expectedMinutes) };
}
