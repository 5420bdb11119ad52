using Jobtree.Core.Forecasting;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Core.Tests.Scheduling;

namespace Jobtree.Core.Tests.Forecasting;

public sealed class StartForecastsTests
{
    /// <summary>Made together, they are what each would be by itself.</summary>
    [Fact]
    public void All_forecasts_are_those_that_each_run_would_get_alone()
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var bench = Busy(seed);
            var (now, state) = (bench.Now.AddMinutes(seed), bench.State);
            var forecasts = bench.Scheduler.ForecastsAt(now);
            var ahead = default(QueuedWork);
            foreach (var run in forecasts.Queue.Runs.Select(served => served.Waiting))
            {
                var wait = run.HasSlice ? run.Reservation!.EarliestStart - forecasts.Queue.At
                    : Forecaster.WaitFor(state, forecasts.Queue.At, ahead, run.Demand.GpusWithSpares());
                if (wait < TimeSpan.Zero) // A promise that came due since the last decision.
                    wait = TimeSpan.Zero;
                var alone = Forecaster.At(state, forecasts.Queue.At, wait, state.Durations.Expected(run.Demand)).Eta;
                Assert.Equal(alone, forecasts.Of(run.Demand.Run, forecasts.Queue.At));
                ahead = ahead.With(run.Demand);
            }
            Assert.True(forecasts.Queue.Runs.Count > 20);
        }
    }

    /// <summary>Who is served later is not told to start sooner, at the same expected length.</summary>
    [Fact]
    public void Who_is_behind_starts_no_sooner_and_no_bound_lies_before_its_median()
    {
        var bench = new LedgerBench();
        bench.Nodes(2, 8);
        for (var run = 0; run < 60; run++)
            bench.Admit($"r{run:D2}", "o", 4);
        var forecasts = bench.Scheduler.ForecastsAt(bench.Now);
        var etas = forecasts.Queue.Runs.Select(run => forecasts.Of(run.Waiting.Demand.Run, bench.Now)!).ToArray();
        Assert.Equal(etas.Select(eta => eta.Median).Order(), etas.Select(eta => eta.Median));
        Assert.All(etas, eta => Assert.True(eta.P90 >= eta.Median));
        Assert.True(etas[^1].Median > etas[0].Median.AddHours(5));
    }

    /// <summary>GPUs that nobody can have when they are released bring nobody's start nearer.</summary>
    [Fact]
    public void What_drains_is_not_counted_on()
    {
        var bench = new LedgerBench();
        bench.Nodes(2, 8);
        Admit("early", 8, TimeSpan.FromHours(1));
        Admit("late", 8, TimeSpan.FromHours(4));
        Admit("next", 8, TimeSpan.FromHours(1));
        Assert.Equal(bench.Now.AddHours(1), Next().Median);
        var node = bench.State.Running[new RunKey("ns", "early")].OpenLeases[0].Slots[0].Node;
        bench.Record(new LedgerEntry
        {
            At = bench.Now,
            Nodes = [bench.State.Fleet.Find(node)! with
            {
                State = NodeState.Draining, EmptyBy = bench.Now.AddHours(2),
            }],
        });
        Assert.Equal(bench.Now.AddHours(4), Next().Median);

        RunEta Next() => bench.Scheduler.ForecastsAt(bench.Now).Of(new RunKey("ns", "next"), bench.Now)!;

        void Admit(string run, int gpus, TimeSpan stated) =>
            bench.Admit(run, "o", gpus, demand => demand with { ExpectedDuration = stated });
    }

    [Fact]
    public void Nothing_is_forecast_before_the_present()
    {
        var bench = Busy(3);
        var now = bench.Now.AddSeconds(59);
        var forecasts = bench.Scheduler.ForecastsAt(now);
        Assert.All(forecasts.Queue.Runs, run =>
            Assert.True(forecasts.Of(run.Waiting.Demand.Run, now) is { } eta && eta.Median >= now && eta.P90 >= now));
    }

    private static LedgerBench Busy(int seed)
    {
        var (bench, random) = (new LedgerBench(), new Random(seed));
        bench.Nodes(4, 8);
        bench.Budget("a", 16);
        for (var run = 0; run < 200; run++)
        {
            bench.Now += TimeSpan.FromMinutes(random.Next(9));
            var stated = random.Next(3) > 0 ? TimeSpan.FromMinutes(random.Next(1, 300)) : (TimeSpan?)null;
            bench.Admit($"r{run}", random.Next(2) == 0 ? "a" : "b", random.Next(1, 9), demand =>
                demand with { ExpectedDuration = stated });
            bench.Pass();
            if (run % 3 == 0 && bench.State.Running.Count > 0)
                bench.Complete(bench.State.Running.Keys.Min());
            bench.Pass();
        }
        return bench;
    }
}
