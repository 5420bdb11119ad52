using System.Runtime.InteropServices;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>The waiting runs of a flavor, with or without a reservation.</summary>
public sealed class WaitingRuns
{
    private readonly Dictionary<RunKey, WaitingRun> runs = [];
    private readonly Dictionary<string, WaitingClass> classes = [];
    private readonly List<WaitingRun> reserved = [];
    private readonly HashSet<WaitingRun> held = [];
    private readonly Dictionary<EnvelopeKey, int> committed = [];
    private readonly Dictionary<EnvelopeKey, EnvelopeCommitment> commitments = [];
    private readonly Dictionary<EnvelopeKey, int> ahead = [];
    private (long Version, int Behind)? aheadAt;

    /// <summary>The number of waiting runs.</summary>
    public int Count => runs.Count;

    /// <summary>The number of runs with a reservation.</summary>
    public int Reserved => reserved.Count;

    /// <summary>GPUs that all waiting runs ask for.</summary>
    public int Gpus { get; private set; }

    /// <summary>GPUs that the runs with a reservation ask for.</summary>
    public int ReservedGpus { get; private set; }

    /// <summary>Grows whenever a reservation is made, replanned or released.</summary>
    public long ReservationVersion { get; private set; }

    /// <summary>
    /// Grows whenever a slice is released or replaced. A demand that had to avoid the slice may fit after that.
    /// </summary>
    public long SliceReleases { get; private set; }

    /// <summary>All waiting runs, in no particular order.</summary>
    public IEnumerable<WaitingRun> Runs => runs.Values;

    /// <summary>The runs with a reservation, in queue order.</summary>
    public IReadOnlyList<WaitingRun> WithReservation => reserved;

    /// <summary>
    /// GPUs that pending reservations will claim, by envelope. If there are several payers, the width is spread evenly.
    /// </summary>
    public IReadOnlyDictionary<EnvelopeKey, int> Committed => committed;

    internal ReadOnlySpan<WaitingRun> InReservedOrder => CollectionsMarshal.AsSpan(reserved);

    internal Dictionary<string, WaitingClass>.ValueCollection Classes => classes.Values;

    /// <summary>Whether a run holds the last reservation in queue order.</summary>
    /// <param name="run">The run.</param>
    public bool IsLastReserved(RunKey run) => reserved.Count > 0 && reserved[^1].Demand.Run == run;

    /// <summary>The waiting run with a key. Null if it does not wait.</summary>
    /// <param name="run">The run.</param>
    public WaitingRun? Find(RunKey run) => runs.GetValueOrDefault(run);

    internal WaitingRun Add(Demand demand, DateTimeOffset since)
    {
        var waiting = new WaitingRun(demand, since);
        runs.Add(demand.Run, waiting);
        if (waiting.ComesBackAt is not null)
            held.Add(waiting);
        Gpus += demand.Gpus;
        var key = WaitingClass.KeyOf(demand);
        if (!classes.TryGetValue(key, out var group))
            classes.Add(key, group = new WaitingClass(demand));
        waiting.Class = group;
        group.Add(waiting);
        return waiting;
    }

    /// <summary>
    /// The first instant after a given one at which a run that was cut too often may come back. Null if there is none.
    /// </summary>
    /// <param name="after">The instant.</param>
    public DateTimeOffset? NextComeback(DateTimeOffset after) => held.Count == 0 ? null
        : held.Where(waiting => waiting.IsHeldAt(after)).Min(waiting => waiting.ComesBackAt);

    internal WaitingRun? Remove(RunKey run) => Remove(run, out _);

    internal WaitingRun? Remove(RunKey run, out Reservation? reservation)
    {
        reservation = null;
        if (!runs.Remove(run, out var waiting))
            return null;
        reservation = waiting.Reservation;
        Gpus -= waiting.Demand.Gpus;
        held.Remove(waiting);
        Reserve(waiting, null);
        waiting.Class.Remove(waiting);
        if (waiting.Class.IsEmpty)
            classes.Remove(WaitingClass.KeyOf(waiting.Demand));
        return waiting;
    }

    internal void Reserve(WaitingRun waiting, Reservation? reservation)
    {
        if (waiting.Reservation is null && reservation is null)
            return;
        ReservedGpus += (reservation is null ? 0 : waiting.Demand.Gpus)
            - (waiting.Reservation is null ? 0 : waiting.Demand.Gpus);
        Commit(waiting, -1);
        SliceReleases += waiting.Reservation is null ? 0 : 1;
        var (kind, place) = (waiting.Kind, waiting.Reservation is null ? -1 : CountAhead(waiting.Demand));
        waiting.Reservation = reservation;
        Commit(waiting, 1);
        ReservationVersion++;
        if (reservation is null)
            reserved.RemoveAt(place);
        else if (place < 0)
            reserved.Insert(CountAhead(waiting.Demand), waiting);
        if (waiting.Class.Reserve(waiting, kind) && !IsLastReserved(waiting.Demand.Run))
            waiting.Class.Changed(); // It no longer has to avoid the slices of those behind it.
        CheckReservation(waiting);
    }

    private void CheckReservation(WaitingRun waiting)
    {
        if (!Invariant.IsChecked)
            return;
        var place = CountAhead(waiting.Demand);
        var isListed = place < reserved.Count && reserved[place] == waiting;
        Invariant.Holds(isListed == (waiting.Reservation is not null),
            $"{waiting.Demand.Run} is {(isListed ? "" : "not ")}among the reservations, against what it holds.");
        Invariant.Holds(ReservedGpus >= 0 && ReservedGpus <= Gpus + waiting.Demand.Gpus,
            $"{ReservedGpus} GPUs count as reserved for, and {Gpus} as waited for.");
        Invariant.Holds(waiting.Reservation is null || waiting.Reservation.Run == waiting.Demand.Run,
            $"{waiting.Demand.Run} holds the reservation of another run.");
    }

    /// <summary>The reservations in front that may hold slices.</summary>
    internal ReadOnlySpan<WaitingRun> Front(int slicesMax) => InReservedOrder[..Math.Min(reserved.Count, slicesMax)];

    /// <summary>The reservations in front that come before a demand.</summary>
    internal ReadOnlySpan<WaitingRun> Ahead(Demand demand, int slicesMax) =>
        InReservedOrder[..Math.Min(CountAhead(demand), slicesMax)];

    /// <summary>The number of reservations before a demand in the queue.</summary>
    internal int CountAhead(Demand demand)
    {
        var (low, high) = (0, reserved.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = WaitingOrder.Compare(reserved[middle].Demand, demand) < 0 ? (middle + 1, high)
                : (low, middle);
        }
        return low;
    }

    /// <summary>
    /// GPUs that the reservations ahead of a run will claim, by envelope. These are all commitments less those behind
    /// it. Valid until the next call.
    /// </summary>
    internal IReadOnlyDictionary<EnvelopeKey, int> CommittedAhead(Demand demand)
    {
        var behind = CountAhead(demand);
        if (behind == reserved.Count)
            return committed;
        if (aheadAt == (ReservationVersion, behind))
            return ahead;
        foreach (var waiting in InReservedOrder[behind..])
        {
            foreach (var commitment in waiting.Commitments)
                commitment.Behind += ShareOf(waiting);
        }
        ahead.Clear();
        foreach (var (envelope, gpus) in committed)
        {
            var commitment = commitments[envelope];
            ahead.Add(envelope, gpus - commitment.Behind);
            commitment.Behind = 0;
        }
        aheadAt = (ReservationVersion, behind);
        return ahead;
    }

    /// <summary>GPUs that a reserved run will claim on each of its payers.</summary>
    private static int ShareOf(WaitingRun reserved) =>
        (reserved.Demand.Gpus + reserved.Reservation!.Payers.Count - 1) / reserved.Reservation.Payers.Count;

    /// <summary>Adds (1) or removes (-1) the commitments of a reservation.</summary>
    private void Commit(WaitingRun waiting, int sign)
    {
        var payers = waiting.Reservation?.Payers ?? [];
        waiting.Commitments = sign < 0 || payers.Count == 0 ? [] : new EnvelopeCommitment[payers.Count];
        for (var i = 0; i < payers.Count; i++)
        {
            var payer = payers[i];
            if (!commitments.TryGetValue(payer, out var commitment))
                commitments.Add(payer, commitment = new EnvelopeCommitment(payer));
            commitment.Reservations += sign;
            if (commitment.Reservations == 0)
                commitments.Remove(payer);
            if (sign > 0)
                waiting.Commitments[i] = commitment;
            var gpus = committed.GetValueOrDefault(payer) + (sign * ShareOf(waiting));
            if (gpus == 0)
                committed.Remove(payer);
            else
                committed[payer] = gpus;
        }
    }
}

/// <summary>What pending reservations will claim on one envelope.</summary>
/// <param name="envelope">The envelope.</param>
internal sealed class EnvelopeCommitment(EnvelopeKey envelope)
{
    /// <summary>The envelope.</summary>
    public EnvelopeKey Envelope { get; } = envelope;

    /// <summary>The number of reservations that it pays for.</summary>
    public int Reservations { get; set; }

    /// <summary>GPUs committed to reservations behind a run while that run's sum is computed. Otherwise 0.</summary>
    public int Behind { get; set; }
}
