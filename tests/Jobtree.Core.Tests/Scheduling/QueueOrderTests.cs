using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Tests.Scheduling;

public sealed class QueueOrderTests
{
    [Theory]
    [InlineData(ServingOrder.Fair, "short, long, late")]
    [InlineData(ServingOrder.Fifo, "long, short, late")]
    [InlineData(ServingOrder.Shortest, "late, short, long")]
    public void Each_order_has_its_own_places(ServingOrder order, string expected)
    {
        var bench = Full(order);
        Submit(bench, "long", 1, TimeSpan.FromHours(10));
        bench.Now += TimeSpan.FromHours(1);
        Submit(bench, "short", 1, TimeSpan.FromHours(1));
        bench.Now += TimeSpan.FromHours(2);
        Submit(bench, "late", 1, TimeSpan.FromMinutes(30));
        var queue = bench.Scheduler.QueueAt(bench.Now);
        Assert.Equal(expected, string.Join(", ", queue.Runs.Select(run => run.Waiting.Demand.Run.Name)));
        Assert.Equal([1, 2, 3], queue.Runs.Select(run => queue.PlaceOf(run.Waiting.Demand.Run)!.Position));
    }

    /// <summary>The order is made again only if a decision was made or a minute has passed.</summary>
    [Fact]
    public void All_who_ask_within_a_minute_get_the_same_order()
    {
        var bench = Full(ServingOrder.Fair);
        Submit(bench, "one", 1, TimeSpan.FromHours(1));
        var (now, first) = (bench.Now, bench.Scheduler.QueueAt(bench.Now));
        Assert.Same(first, bench.Scheduler.QueueAt(now.AddSeconds(59)));
        var later = bench.Scheduler.QueueAt(now.AddSeconds(61));
        Assert.NotSame(first, later);
        Assert.Equal(now.AddMinutes(1), later.At);
        Submit(bench, "two", 1, TimeSpan.FromHours(1));
        Assert.Equal(2, bench.Scheduler.QueueAt(now.AddSeconds(61)).Runs.Count);
    }

    /// <summary>Whatever was asked before, and by whom, a copy of the flavor tells the same places.</summary>
    [Fact]
    public void A_copy_has_the_same_places()
    {
        var (random, bench) = (new Random(7), Full(ServingOrder.Fair));
        bench.Budget("a", 4);
        for (var run = 0; run < 60; run++)
        {
            bench.Now += TimeSpan.FromSeconds(random.Next(400));
            Submit(bench, $"r{run}", 1 + random.Next(4), TimeSpan.FromMinutes(1 + random.Next(600)),
                random.Next(2) == 0 ? "a" : "b");
            bench.Scheduler.QueueAt(bench.Now);
            bench.Pass();
            if (run % 7 == 0)
                bench.Complete(bench.State.Running.Keys.Min());
            bench.Pass();
            var copy = new FlavorState("H100");
            copy.Restore(bench.State.Take());
            var now = bench.Now.AddMinutes(random.Next(3));
            Assert.Equal(Order(bench.Scheduler, now), Order(new Scheduler(copy, new SchedulerOptions()), now));
        }

        static string[] Order(Scheduler scheduler, DateTimeOffset now) =>
            [.. scheduler.QueueAt(now).Runs.Select(run => $"{run.Turn} {run.Waiting.Demand.Run}")];
    }

    [Fact]
    public void What_can_never_fit_has_no_place_and_is_in_nobodys_way()
    {
        var bench = Full(ServingOrder.Fair);
        Submit(bench, "never", 9, TimeSpan.FromHours(1));
        bench.Now += TimeSpan.FromMinutes(1);
        Submit(bench, "one", 8, TimeSpan.FromHours(1));
        var queue = bench.Scheduler.QueueAt(bench.Now);
        Assert.Null(queue.PlaceOf(new RunKey("ns", "never")));
        Assert.Equal(new QueuePlace(1, 1), queue.PlaceOf(new RunKey("ns", "one")));
    }

    /// <summary>Eight GPUs, in use.</summary>
    private static LedgerBench Full(ServingOrder order)
    {
        var bench = new LedgerBench(options: new SchedulerOptions { Serving = order });
        bench.Nodes(1, 8);
        Submit(bench, "first", 8, TimeSpan.FromHours(20));
        return bench;
    }

    private static void Submit(LedgerBench bench, string run, int gpus, TimeSpan stated, string owner = "o") =>
        bench.Admit(run, owner, gpus, demand => demand with { ExpectedDuration = stated });
}
