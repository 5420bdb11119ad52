using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Simulation.Faults.Checks;

/// <summary>
/// Leases never change but for a payer given once, and what a run is metered is what its leases held.
/// </summary>
/// <param name="found">Called with each violation.</param>
internal sealed class LeaseWatch(Action<Violation> found)
{
    private const double ToleranceSeconds = 0.01;

    private readonly Dictionary<long, Lease> open = [];
    private readonly Dictionary<RunKey, double> held = [];
    private readonly Dictionary<RunKey, double> ended = [];
    private readonly Dictionary<RunKey, double> closing = [];

    /// <summary>GPU-seconds of the ended attempts of each run, from its leases.</summary>
    public IReadOnlyDictionary<RunKey, double> GpuSeconds => ended;

    /// <summary>Looks at an entry before it is applied.</summary>
    public void Before(FlavorState state, LedgerEntry entry)
    {
        closing.Clear();
        foreach (var end in entry.End ?? [])
        {
            if (state.Running.GetValueOrDefault(end.Run)?.Find(end.Lease) is { } lease)
                held[end.Run] = held.GetValueOrDefault(end.Run) + End(lease, end.At);
        }
        foreach (var close in entry.Close ?? [])
        {
            if (!state.Running.TryGetValue(close.Run, out var run))
                continue;
            held.Remove(close.Run, out var seconds);
            var lost = entry.End is null ? []
                : entry.End.Where(end => end.Run == close.Run).Select(end => end.Lease).ToHashSet();
            foreach (var lease in run.Leases.Where(lease => !lost.Contains(lease.Id)))
                seconds += End(lease, entry.At);
            closing[close.Run] = seconds;
            ended[close.Run] = ended.GetValueOrDefault(close.Run) + seconds;
        }
    }

    /// <summary>Looks at the state after an entry.</summary>
    public void After(FlavorState state, LedgerEntry entry, IReadOnlyDictionary<RunKey, RunFact> facts)
    {
        foreach (var opening in (entry.Open is { } first ? new[] { first } : []).Concat(entry.Swap ?? []))
        {
            if (!state.Running.TryGetValue(opening.Starts(), out var run))
                continue;
            foreach (var lease in run.Leases)
                open.TryAdd(lease.Id, lease);
        }
        foreach (var assigned in entry.Assign ?? [])
        {
            if (state.Running.GetValueOrDefault(assigned.Run)?.Find(assigned.Lease) is { } lease
                && open[lease.Id] is { Payer: null } before && before with { Payer = lease.Payer } == lease)
                open[lease.Id] = lease;
        }
        foreach (var (run, seconds) in closing)
        {
            if (facts.TryGetValue(run, out var fact) && fact.Sequence == entry.Sequence
                && fact.Kind is RunFactKind.Closed or RunFactKind.Cut
                && Math.Abs(fact.GpuSeconds.Total() - seconds) > ToleranceSeconds)
                found(new Violation(10, "what is metered is what is leased",
                    $"{run} is metered {fact.GpuSeconds.Total()} GPU-seconds, and its leases held {seconds}"));
        }
    }

    /// <summary>Checks that every open lease is as it began.</summary>
    public void CheckUnchanged(FlavorState state)
    {
        foreach (var lease in state.Running.Values.SelectMany(run => run.Leases))
        {
            if (!open.TryGetValue(lease.Id, out var before) || before != lease)
                found(new Violation(4, "a lease never changes", $"lease {lease.Id} of {lease.Run} is not as it began"));
        }
        if (open.Count != state.Running.Values.Sum(run => run.Leases.Count))
            found(new Violation(4, "a lease ends once", "more leases began than ended and are open"));
    }

    private double End(Lease lease, DateTimeOffset at)
    {
        if (!open.Remove(lease.Id, out var before) || before != lease)
            found(new Violation(4, "a lease never changes", $"lease {lease.Id} of {lease.Run} ends not as it began"));
        return lease.Gpus() * (at - lease.Start).TotalSeconds;
    }
}
