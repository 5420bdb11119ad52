using System.Collections.Concurrent;
using System.Diagnostics;
using Jobtree.Silo.Chaos.Checks;

namespace Jobtree.Silo.Chaos.Measuring;

/// <summary>
/// Measures how long a flavor admits nothing after its silo was lost. Which silo it was on nobody tells; the ledger
/// does: the entry after the fault has another writer than the one before.
/// </summary>
internal sealed class FailoverMeter
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<string, ConcurrentBag<Failover>> waiting = [];
    private readonly ConcurrentDictionary<string, ConcurrentBag<TimeSpan>> measured = [];
    private long admissions;

    /// <summary>Submissions that were bound at once.</summary>
    public long Admissions => Interlocked.Read(ref admissions);

    /// <summary>What was measured, by fault.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<TimeSpan>> Measured =>
        measured.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<TimeSpan>)[.. pair.Value.Order()]);

    /// <summary>A silo was lost.</summary>
    public void Lost(string fault, long at, string flavor, long lastSequence) =>
        waiting.GetOrAdd(flavor, static _ => []).Add(new Failover(flavor, fault, at, lastSequence));

    /// <summary>Waits until a submission that is sent from now on is bound in a flavor.</summary>
    public async Task Next(string flavor, CancellationToken cancellation)
    {
        var watch = new Failover(flavor, "nothing", Stopwatch.GetTimestamp(), -1);
        waiting.GetOrAdd(flavor, static _ => []).Add(watch);
        while (watch.AdmittedAt == 0)
            await Task.Delay(Look, cancellation);
    }

    /// <summary>Something else broke: what waits now waits for more than one reason.</summary>
    public void Disturb()
    {
        foreach (var failover in waiting.Values.SelectMany(bag => bag))
            failover.Disturb();
    }

    /// <summary>A submission was bound at once.</summary>
    public void Admitted(string flavor, long began)
    {
        Interlocked.Increment(ref admissions);
        var now = Stopwatch.GetTimestamp();
        foreach (var failover in waiting.GetValueOrDefault(flavor) ?? [])
            failover.Admitted(began, now);
    }

    /// <summary>At the end of a round: keeps those whose flavor has moved.</summary>
    public void Settle(JournalCheck journals)
    {
        foreach (var (flavor, failovers) in waiting)
        {
            foreach (var failover in failovers)
            {
                if (failover.AdmittedAt != 0 && journals.Trails[flavor]
                    .ChangesAfter(failover.Sequence, journals.EntriesOf(flavor)) == true)
                    measured.GetOrAdd(failover.IsDisturbed ? $"{failover.Fault}, beside other faults" : failover.Fault,
                        static _ => []).Add(Stopwatch.GetElapsedTime(failover.At, failover.AdmittedAt));
            }
            failovers.Clear();
        }
    }
}
