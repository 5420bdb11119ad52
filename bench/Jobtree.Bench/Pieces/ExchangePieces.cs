using BenchmarkDotNet.Attributes;
using Jobtree.Core.Ledger;
using Jobtree.Core.Scheduling;

namespace Jobtree.Bench.Pieces;

/// <summary>
/// The search for slices that are free sooner, which is made once a minute for the reservations that hold one: here
/// gangs that wait for a tenth of a fleet where each GPU has a run of its own, and nothing has changed.
/// </summary>
public class ExchangePieces
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly FlavorState state = new(Load.FleetShape.Flavor);
    private Scheduler scheduler = null!;
    private int minutes;

    /// <summary>The running runs.</summary>
    [Params(10_000, 100_000)]
    public int Running { get; set; }

    /// <summary>Fills the fleet, and ends with an entry that is not the first of its minute.</summary>
    [GlobalSetup]
    public void Fill()
    {
        var options = new SchedulerOptions();
        scheduler = new Scheduler(state, options);
        QueuedFleet.Fill(
            state, scheduler, Now, Running, [.. Enumerable.Repeat(Running / 10, options.SlicesMax)], fleets: 3);
        while (scheduler.NextDecision(Now) is { } entry)
            Apply(entry);
        Apply(new LedgerEntry { At = Now.AddSeconds(1) });

        void Apply(LedgerEntry entry) => state.Apply(
            entry with { Sequence = state.Sequence + 1, Previous = state.Head }, HashChain.Root, new FlavorEffects());
    }

    /// <summary>A decision that is the first of a minute.</summary>
    [Benchmark]
    public LedgerEntry? FirstOfMinute() => scheduler.NextDecision(Now.AddMinutes(1 + (++minutes & 1)));

    /// <summary>Any other.</summary>
    [Benchmark]
    public LedgerEntry? Another() => scheduler.NextDecision(Now.AddSeconds(1));
}
