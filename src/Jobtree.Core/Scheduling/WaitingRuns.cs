using System.Runtime.InteropServices;
using Jobtree.Core.Forecasting;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>The waiting runs of a flavor, with or without a reservation.</summary>
public sealed class WaitingRuns
{
    private readonly Dictionary<RunKey, WaitingRun> runs = [];
    private readonly Dictionary<string, WaitingClass> classes = [];
    private readonly List<WaitingClass> classesInOrder = [];
    private readonly List<WaitingRun> reserved = [];
    private readonly List<WaitingRun> sliced = [];
    private readonly HashSet<WaitingRun> held = [];
    private readonly Dictionary<EnvelopeKey, int> committed = [];
    private readonly Dictionary<EnvelopeKey, EnvelopeCommitment> commitments = [];

    /// <summary>The number of waiting runs.</summary>
    public int Count => runs.Count;

    /// <summary>The number of runs with a reservation.</summary>
    public int Reserved => reserved.Count;

    /// <summary>GPUs that all waiting runs ask for.</summary>
    public int Gpus { get; private set; }

    /// <summary>What all waiting runs ask for.</summary>
    internal QueuedWork Work { get; private set; }

    /// <summary>What the runs with a reservation ask for.</summary>
    internal QueuedWork WorkReserved { get; private set; }

    /// <summary>Grows whenever a run with a reservation changes what it asks for.</summary>
    internal long Amendments { get; set; }

    /// <summary>GPUs that the runs with a reservation ask for.</summary>
    public int ReservedGpus { get; private set; }

    /// <summary>Grows whenever a reservation is made, replanned or released.</summary>
    public long ReservationVersion { get; private set; }

    /// <summary>
    /// Grows whenever a slice is released or replaced. A demand that had to avoid the slice may fit after that.
    /// </summary>
    public long SliceReleases { get; private set; }

    /// <summary>
    /// Grows whenever a reservation gives up what it was to claim on its payers, or some of it. Until then, what a
    /// demand finds uncommitted never grows.
    /// </summary>
    internal long CommitmentReleases { get; private set; }

    /// <summary>All waiting runs, in no particular order.</summary>
    public IEnumerable<WaitingRun> Runs => runs.Values;

    /// <summary>
    /// The runs with a reservation, in queue order. Among those submitted at one instant, the one that is promised an
    /// earlier start comes first.
    /// </summary>
    public IReadOnlyList<WaitingRun> WithReservation => reserved;

    /// <summary>
    /// GPUs that pending reservations will claim, by envelope. If there are several payers, the width is spread evenly.
    /// </summary>
    public IReadOnlyDictionary<EnvelopeKey, int> Committed => committed;

    internal ReadOnlySpan<WaitingRun> InReservedOrder => CollectionsMarshal.AsSpan(reserved);

    /// <summary>The runs that hold a slice, in queue order.</summary>
    internal ReadOnlySpan<WaitingRun> Sliced => CollectionsMarshal.AsSpan(sliced);

    /// <summary>The classes of waiting runs, in queue order of their first runs.</summary>
    internal List<WaitingClass> Classes => classesInOrder;

    /// <summary>Whether a run holds the last reservation.</summary>
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
        Work = Work.With(demand);
        var key = WaitingClass.KeyOf(demand);
        if (!classes.TryGetValue(key, out var group))
            classes.Add(key, group = new WaitingClass(demand));
        waiting.Class = group;
        var isFirst = group.IsEmpty || WaitingOrder.Compare(demand, group.First.Demand) < 0;
        if (isFirst && !group.IsEmpty)
            classesInOrder.RemoveAt(PlaceOf(group));
        group.Add(waiting);
        if (isFirst)
            classesInOrder.Insert(~PlaceOf(group), group);
        return waiting;
    }

    /// <summary>
    /// The first instant after a given one at which a run that was cut too often may come back. Null if there is none.
    /// </summary>
    /// <param name="after">The instant.</param>
    public DateTimeOffset? NextComeback(DateTimeOffset after)
    {
        DateTimeOffset? next = null;
        foreach (var waiting in held)
        {
            if (waiting.IsHeldAt(after) && (next is null || waiting.ComesBackAt < next))
                next = waiting.ComesBackAt;
        }
        return next;
    }

    internal WaitingRun? Remove(RunKey run) => Remove(run, out _);

    internal WaitingRun? Remove(RunKey run, out Reservation? reservation)
    {
        reservation = null;
        if (!runs.Remove(run, out var waiting))
            return null;
        reservation = waiting.Reservation;
        Gpus -= waiting.Demand.Gpus;
        Work = Work.Without(waiting.Demand);
        held.Remove(waiting);
        Reserve(waiting, null);
        var group = waiting.Class;
        var wasFirst = waiting == group.First;
        if (wasFirst)
            classesInOrder.RemoveAt(PlaceOf(group));
        group.Remove(waiting);
        if (group.IsEmpty)
            classes.Remove(WaitingClass.KeyOf(waiting.Demand));
        else if (wasFirst)
            classesInOrder.Insert(~PlaceOf(group), group);
        return waiting;
    }

    /// <summary>The place of a class in order. The complement of where it belongs if it is not there.</summary>
    private int PlaceOf(WaitingClass group) => classesInOrder.BinarySearch(group, ClassOrder.Instance);

    internal void Reserve(WaitingRun waiting, Reservation? reservation)
    {
        if (waiting.Reservation is null && reservation is null)
            return;
        ReservedGpus += (reservation is null ? 0 : waiting.Demand.Gpus)
            - (waiting.Reservation is null ? 0 : waiting.Demand.Gpus);
        if (waiting.Reservation is null)
            WorkReserved = WorkReserved.With(waiting.Demand);
        else if (reservation is null)
            WorkReserved = WorkReserved.Without(waiting.Demand);
        var isCommittedAlike = waiting.Reservation is { } old && reservation?.Payers.SequenceEqual(old.Payers) == true;
        if (!isCommittedAlike)
            Release(waiting);
        SliceReleases += waiting.Reservation is null ? 0 : 1;
        var (kind, place) = (waiting.Kind, waiting.Reservation is null ? -1 : PlaceOf(waiting));
        var hadSlice = waiting.HasSlice;
        if (hadSlice)
            sliced.Remove(waiting);
        waiting.Reservation = reservation;
        if (waiting.HasSlice)
            sliced.Insert(SlicePlaceOf(waiting), waiting);
        if (!isCommittedAlike)
            Commit(waiting);
        ReservationVersion++;
        if (place >= 0)
            reserved.RemoveAt(place);
        if (reservation is not null)
            reserved.Insert(PlaceOf(waiting), waiting);
        waiting.Class.Reserve(waiting, kind);
        if (waiting.HasSlice != hadSlice)
            waiting.Class.Changed(); // With a slice it no longer has to avoid those behind it.
        CheckReservation(waiting);
    }

    private void CheckReservation(WaitingRun waiting)
    {
        if (!Invariant.IsChecked)
            return;
        var place = waiting.Reservation is null ? reserved.Count : PlaceOf(waiting);
        var isListed = place < reserved.Count && reserved[place] == waiting;
        Invariant.Holds(isListed == (waiting.Reservation is not null),
            $"{waiting.Demand.Run} is {(isListed ? "" : "not ")}among the reservations, against what it holds.");
        Invariant.Holds(ReservedGpus >= 0 && ReservedGpus <= Gpus + waiting.Demand.Gpus,
            $"{ReservedGpus} GPUs count as reserved for, and {Gpus} as waited for.");
        Invariant.Holds(waiting.Reservation is null || waiting.Reservation.Run == waiting.Demand.Run,
            $"{waiting.Demand.Run} holds the reservation of another run.");
    }

    /// <summary>The runs with slices before a demand. If it has no slice, all were submitted no later.</summary>
    internal ReadOnlySpan<WaitingRun> SlicedBefore(Demand demand) =>
        runs.TryGetValue(demand.Run, out var waiting) && waiting.HasSlice ? Sliced[..SlicePlaceOf(waiting)]
            : PlannedBefore(demand);

    /// <summary>
    /// The runs with slices that a plan for a demand leaves alone: those before it, and all others that were submitted
    /// at the same instant. The demand's own may be among them.
    /// </summary>
    internal ReadOnlySpan<WaitingRun> PlannedBefore(Demand demand)
    {
        var count = sliced.Count;
        while (count > 0 && sliced[count - 1].Demand.SubmittedTicks > demand.SubmittedTicks)
            count--;
        return Sliced[..count];
    }

    /// <summary>The number of reservations of runs that were submitted by an instant.</summary>
    internal int CountSubmittedBy(DateTimeOffset instant)
    {
        var ticks = instant.UtcTicks;
        if (reserved.Count == 0 || reserved[^1].Demand.SubmittedTicks <= ticks)
            return reserved.Count;
        var (low, high) = (0, reserved.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = reserved[middle].Demand.SubmittedTicks <= ticks ? (middle + 1, high) : (low, middle);
        }
        return low;
    }

    private int SlicePlaceOf(WaitingRun waiting)
    {
        var place = sliced.Count;
        while (place > 0 && PromiseOrder.Compare(sliced[place - 1], waiting) >= 0)
            place--;
        return place;
    }

    private int PlaceOf(WaitingRun waiting)
    {
        var (low, high) = (0, reserved.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = PromiseOrder.Compare(reserved[middle], waiting) < 0 ? (middle + 1, high) : (low, middle);
        }
        return low;
    }

    /// <summary>What pending reservations will claim on an envelope. Null means nothing.</summary>
    internal EnvelopeCommitment? CommitmentOn(EnvelopeKey envelope) => commitments.GetValueOrDefault(envelope);

    private void Commit(WaitingRun waiting)
    {
        if (waiting.Reservation is not { Payers: { Count: > 0 } payers })
            return;
        waiting.Commitments = new Commitment[payers.Count];
        var gpus = (waiting.Demand.GpusWithSpares() + payers.Count - 1) / payers.Count;
        for (var i = 0; i < payers.Count; i++)
        {
            if (!commitments.TryGetValue(payers[i], out var commitment))
                commitments.Add(payers[i], commitment = new EnvelopeCommitment(payers[i]));
            waiting.Commitments[i] = new Commitment(commitment, waiting.Demand, gpus);
            commitment.Add(waiting.Commitments[i]);
            committed[payers[i]] = committed.GetValueOrDefault(payers[i]) + gpus;
        }
    }

    private void Release(WaitingRun waiting)
    {
        CommitmentReleases += waiting.Commitments.Length > 0 ? 1 : 0;
        foreach (var commitment in waiting.Commitments)
        {
            var on = commitment.On;
            on.Remove(commitment);
            if (on.IsEmpty)
                commitments.Remove(on.Envelope);
            if ((committed[on.Envelope] -= commitment.Gpus) == 0)
                committed.Remove(on.Envelope);
        }
        waiting.Commitments = [];
    }
}
