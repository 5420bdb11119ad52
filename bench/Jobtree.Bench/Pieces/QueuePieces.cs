using BenchmarkDotNet.Attributes;
using Jobtree.Bench.Load;
using Jobtree.Core.Forecasting;
using Jobtree.Core.Scheduling;

namespace Jobtree.Bench.Pieces;

/// <summary>
/// What it takes to tell all waiting runs their places and starts, on a fleet where each GPU has a run of its own. It
/// is done for who asks, once for an entry of the ledger and a minute.
/// </summary>
public class QueuePieces
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly FlavorState state = new(FleetShape.Flavor);
    private Scheduler scheduler = null!;
    private int minutes;

    /// <summary>The waiting runs.</summary>
    [Params(5_000)]
    public int Waiting { get; set; }

    /// <summary>The running ones.</summary>
    [Params(10_000)]
    public int Running { get; set; }

    /// <summary>Fills the fleet and the queue.</summary>
    [GlobalSetup]
    public void Fill()
    {
        scheduler = new Scheduler(state, new SchedulerOptions());
        QueuedFleet.Fill(
            state, scheduler, Now, Running, [.. Enumerable.Range(Running, Waiting).Select(run => 1 << (run % 4))]);
    }

    /// <summary>The order and the places of all.</summary>
    [Benchmark]
    public QueueOrder Places() => scheduler.QueueAt(Now.AddMinutes(++minutes));

    /// <summary>The same, with the forecasts of all.</summary>
    [Benchmark]
    public StartForecasts PlacesAndForecasts() => scheduler.ForecastsAt(Now.AddMinutes(++minutes));
}
