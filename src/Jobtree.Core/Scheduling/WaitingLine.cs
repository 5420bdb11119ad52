using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>The runs of a flavor that wait, with or without a reservation.</summary>
public sealed class WaitingLine
{
    private readonly Dictionary<RunKey, WaitingRun> runs = [];
    private readonly Dictionary<string, WaitingClass> classes = [];
    private readonly SortedSet<WaitingRun> reserved = new(WaitingOrder.Instance);
    private readonly Dictionary<EnvelopeKey, int> committed = [];

    /// <summary>How many runs wait.</summary>
    public int Count => runs.Count;

    /// <summary>How many of them hold a reservation.</summary>
    public int Reserved => reserved.Count;

    /// <summary>GPUs that all of them ask for.</summary>
    public int Gpus { get; private set; }

    /// <summary>GPUs that those with a reservation ask for.</summary>
    public int ReservedGpus { get; private set; }

    /// <summary>Grows whenever a reservation is made, planned anew or released.</summary>
    public long ReservationVersion { get; private set; }

    /// <summary>Grows whenever a slice is given up, for good or for another one: what it kept out may fit since.</summary>
    public long SliceReleases { get; private set; }

    /// <summary>All of them, in no particular order.</summary>
    public IEnumerable<WaitingRun> Runs => runs.Values;

    /// <summary>Those with a reservation, in queue order.</summary>
    public IReadOnlySet<WaitingRun> WithReservation => reserved;

    /// <summary>GPUs that pending reservations are to claim, by envelope; the width of one with several payers is spread evenly.</summary>
    public IReadOnlyDictionary<EnvelopeKey, int> Committed => committed;

    internal IEnumerable<WaitingRun> ReservedBackwards => reserved.Reverse();

    internal IEnumerable<WaitingClass> Classes => classes.Values;

    /// <summary>Whether a run holds the reservation that is served last.</summary>
    /// <param name="run">The run.</param>
    public bool IsLastReserved(RunKey run) => reserved.Max?.Demand.Run == run;

    /// <summary>The waiting run of a key, if it waits.</summary>
    /// <param name="run">The run.</param>
    public WaitingRun? Find(RunKey run) => runs.GetValueOrDefault(run);

    internal WaitingRun Add(Demand demand, DateTimeOffset since)
    {
        var waiting = new WaitingRun(demand, since);
        runs.Add(demand.Run, waiting);
        Gpus += demand.Gpus;
        var key = WaitingClass.KeyOf(demand);
        if (!classes.TryGetValue(key, out var group))
            classes.Add(key, group = new WaitingClass(demand));
        waiting.Class = group;
        group.Runs.Add(waiting);
        group.StatesDurations |= demand.ExpectedDuration is not null;
        group.Unreserved.Add(waiting);
        group.Changed();
        return waiting;
    }

    internal WaitingRun? Remove(RunKey run) => Remove(run, out _);

    internal WaitingRun? Remove(RunKey run, out Reservation? reservation)
    {
        reservation = null;
        if (!runs.Remove(run, out var waiting))
            return null;
        reservation = waiting.Reservation;
        Gpus -= waiting.Demand.Gpus;
        Reserve(waiting, null);
        waiting.Class.Runs.Remove(waiting);
        waiting.Class.Unreserved.Remove(waiting);
        waiting.Class.Changed();
        if (waiting.Class.Runs.Count == 0)
            classes.Remove(WaitingClass.KeyOf(waiting.Demand));
        return waiting;
    }

    internal void Reserve(WaitingRun waiting, Reservation? reservation)
    {
        if (waiting.Reservation is null && reservation is null)
            return;
        ReservedGpus += (reservation is null ? 0 : waiting.Demand.Gpus) - (waiting.Reservation is null ? 0 : waiting.Demand.Gpus);
        Commit(waiting, -1);
        SliceReleases += waiting.Reservation is null ? 0 : 1;
        waiting.Reservation = reservation;
        Commit(waiting, 1);
        ReservationVersion++;
        if (reservation is null)
        {
            reserved.Remove(waiting);
            waiting.Class.Unreserved.Add(waiting);
            return;
        }
        reserved.Add(waiting);
        if (waiting.Class.Unreserved.Remove(waiting) && !IsLastReserved(waiting.Demand.Run))
            waiting.Class.Changed(); // The slices of those behind it are not kept from it any more.
    }

    /// <summary>GPUs that a reserved run is to claim on each of its payers.</summary>
    internal static int ShareOf(WaitingRun reserved) => (reserved.Demand.Gpus + reserved.Reservation!.Payers.Count - 1) / reserved.Reservation.Payers.Count;

    /// <summary>Counts what a reservation promises to claim, in (1) or out (-1).</summary>
    private void Commit(WaitingRun waiting, int sign)
    {
        if (waiting.Reservation?.Payers is not { Count: > 0 } payers)
            return;
        foreach (var payer in payers)
        {
            var gpus = committed.GetValueOrDefault(payer) + (sign * ShareOf(waiting));
            if (gpus == 0)
                committed.Remove(payer);
            else
                committed[payer] = gpus;
        }
    }
}
