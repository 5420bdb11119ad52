using Jobtree.Actors.Ports;
using Jobtree.Core.Ledger;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>Tells a host's observer what a flavor decides. Without an observer, no clock is read.</summary>
/// <param name="flavor">The flavor.</param>
/// <param name="observer">The observer, if any.</param>
/// <param name="time">The clock.</param>
internal sealed class DecisionReports(string flavor, IFleetObserver? observer, TimeProvider time)
{
    /// <summary>A timestamp from which a decision is timed.</summary>
    public long Begin() => observer is null ? 0 : time.GetTimestamp();

    /// <summary>A submission was refused.</summary>
    public void Refused(long began) => observer?.Decided(flavor, null, time.GetElapsedTime(began));

    /// <summary>A submission was decided.</summary>
    /// <param name="demand">The submitted run.</param>
    /// <param name="entry">The decision, already applied.</param>
    /// <param name="state">The state after it.</param>
    /// <param name="began">When it began.</param>
    public void Admitted(Demand demand, LedgerEntry entry, FlavorState state, long began)
    {
        if (observer is null)
            return;
        var isFundable = entry.Open is null ? entry.Reserve is not null : IsFunded(state, entry);
        observer.Decided(flavor, isFundable, time.GetElapsedTime(began));
        if (entry.Open is not null)
            observer.StartedFirst(flavor, Since(demand, entry));
        ReportCuts(entry);
    }

    /// <summary>A pass over the queue made a decision.</summary>
    /// <param name="waited">The run that the decision starts, as it was before; null: it starts none.</param>
    /// <param name="entry">The decision, already applied.</param>
    /// <param name="state">The state after it.</param>
    /// <param name="pass">When the pass began.</param>
    /// <param name="began">When the decision began.</param>
    /// <returns>When the next decision begins.</returns>
    public long Drained(WaitingRun? waited, LedgerEntry entry, FlavorState state, long pass, long began)
    {
        if (observer is null)
            return 0;
        var now = time.GetTimestamp();
        if (waited is not null)
        {
            observer.Decided(flavor, IsFunded(state, entry), time.GetElapsedTime(began, now));
            observer.StartedFromQueue(flavor, time.GetElapsedTime(pass, now));
            // A run that was cut has an admission time; its first start is over.
            if (waited.Demand.AdmittedAt is null)
                observer.StartedFirst(flavor, Since(waited.Demand, entry));
        }
        ReportCuts(entry);
        return now;
    }

    private static bool IsFunded(FlavorState state, LedgerEntry entry) =>
        state.Running.TryGetValue(entry.Open!.Starts(), out var run) && run.IsFunded;

    /// <summary>The wait until a start. The clocks of two silos may differ a little, so it is at least 0.</summary>
    private static TimeSpan Since(Demand demand, LedgerEntry entry) =>
        entry.At > demand.SubmittedAt ? entry.At - demand.SubmittedAt : TimeSpan.Zero;

    private void ReportCuts(LedgerEntry entry)
    {
        for (var i = 0; i < entry.Close?.Count; i++)
        {
            if (entry.Close[i].Requeue)
                observer!.Cut(flavor);
        }
    }
}
