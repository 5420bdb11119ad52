using Jobtree.Core.Tests.Scheduling;

namespace Jobtree.Core.Tests.Forecasting;

public sealed class ForecasterTests
{
    [Theory]
    [InlineData(512, 100, 100, 100)]
    // A draw of one in 5,120 / 256 = 20, of 1,000: 50 are expected.
    [InlineData(640, 1_000, 25, 85)]
    public void On_a_large_fleet_only_some_runs_that_join_the_queue_get_a_forecast(
        int nodes, int waiting, int least, int most)
    {
        var bench = new LedgerBench();
        bench.Nodes(nodes, 8);
        bench.Budget("a", nodes * 8);
        for (var run = 0; run < nodes * 8; run++)
            bench.Admit($"running-{run}", "a", 1);
        for (var run = 0; run < waiting; run++)
            bench.Admit($"waiting-{run}", "a", 1);
        Assert.Equal(waiting, bench.State.Queue.Count);
        Assert.InRange(bench.State.Queue.Runs.Count(run => run.Forecast is not null), least, most);
    }
}
