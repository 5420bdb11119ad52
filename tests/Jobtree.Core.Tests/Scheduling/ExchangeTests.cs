using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Tests.Scheduling;

/// <summary>A reservation takes GPUs that became free sooner than expected for those it would wait for.</summary>
public sealed class ExchangeTests
{
    [Fact]
    public void What_ends_early_brings_a_promised_start_forward()
    {
        var bench = Busy(4, 2, 3);
        bench.Admit("gang", "o", 16);
        Assert.Equal(bench.Now.AddHours(3), Promised(bench, "gang").EarliestStart);

        bench.Now = LedgerBench.Epoch.AddHours(1);
        bench.Complete(Key("busy-4h"));
        bench.Pass();
        Assert.Equal(LedgerBench.Epoch.AddHours(2), Promised(bench, "gang").EarliestStart);
        Assert.Equal(16, Promised(bench, "gang").IntendedSlice.Sum(slots => slots.Count));
    }

    [Fact]
    public void It_is_looked_for_once_a_minute_however_often_is_decided()
    {
        var bench = Busy(4, 2, 3);
        bench.Admit("gang", "o", 16);
        bench.Now = LedgerBench.Epoch.AddHours(1).AddSeconds(10);
        bench.Budget("p", 1);
        bench.Now = LedgerBench.Epoch.AddHours(1).AddSeconds(30);
        bench.Complete(Key("busy-4h"));
        bench.Pass();
        Assert.Equal(LedgerBench.Epoch.AddHours(3), Promised(bench, "gang").EarliestStart);
        // A state that was restored meanwhile looks at the same instants.
        var restored = new FlavorState("H100");
        restored.Restore(bench.State.Take());
        var again = new Scheduler(restored, new SchedulerOptions());
        Assert.Null(again.NextDecision(bench.Now));

        bench.Now = LedgerBench.Epoch.AddHours(1).AddMinutes(1);
        var exchange = bench.Scheduler.NextDecision(bench.Now)!;
        Assert.Equal(LedgerBench.Epoch.AddHours(2), exchange.Reserve!.EarliestStart);
        Assert.Equal(exchange.Reserve.IntendedSlice, again.NextDecision(bench.Now)!.Reserve!.IntendedSlice);
    }

    [Fact]
    public void A_slice_of_another_is_not_taken()
    {
        var bench = Busy(6, 5, 4, 3);
        foreach (var run in new[] { "first", "second" })
            bench.Admit(run, "o", 16, demand => demand with { ExpectedDuration = TimeSpan.FromDays(9) });
        var before = Promised(bench, "first").IntendedSlice;
        Assert.Equal(LedgerBench.Epoch.AddHours(6), Promised(bench, "second").EarliestStart);
        bench.Now = LedgerBench.Epoch.AddHours(1);
        bench.Complete(Key("busy-6h"));
        bench.Pass();
        // With that node the first would start in three hours, but the second waits for it.
        Assert.Equal(before, Promised(bench, "first").IntendedSlice);
        Assert.Equal(LedgerBench.Epoch.AddHours(5), Promised(bench, "second").EarliestStart);
    }

    /// <summary>A node of 8 GPUs for each run, which is expected to take so many hours.</summary>
    private static LedgerBench Busy(params int[] hours)
    {
        var bench = new LedgerBench();
        bench.Nodes(hours.Length, 8);
        bench.Budget("o", 64);
        foreach (var hour in hours)
            bench.Admit($"busy-{hour}h", "o", 8, demand => demand with { ExpectedDuration = TimeSpan.FromHours(hour) });
        return bench;
    }

    private static Reservation Promised(LedgerBench bench, string run) =>
        bench.State.Queue.Find(Key(run))!.Reservation!;

    private static RunKey Key(string run) => new("ns", run);
}
