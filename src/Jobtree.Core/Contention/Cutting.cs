using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>Tries out cuts: which of them let a demand fit, and which of those it does not need.</summary>
/// <param name="overlay">What-if over the fleet's slots, where the GPUs of cut work count as free.</param>
/// <param name="place">Places the demand on the overlay. Null if it does not fit.</param>
internal sealed class Cutting(SlotOverlay overlay, Func<IReadOnlyList<OpeningLease>?> place)
{
    private readonly HashSet<CutUnit> freed = [];

    /// <summary>GPUs that are free before anything is cut.</summary>
    public int FreeBefore { get; } = overlay.FreeOutside();

    /// <summary>Whether the demand fits if these are cut as well.</summary>
    public bool FitsWith(IReadOnlyList<CutUnit> units)
    {
        Free(units);
        var fits = place() is not null;
        Unfree(units);
        return fits;
    }

    /// <summary>Cuts units.</summary>
    public void Free(IEnumerable<CutUnit> units)
    {
        foreach (var unit in units)
            Free(unit);
    }

    /// <summary>
    /// Takes units from a lot until the demand fits, and no more: cutting more never makes the fit worse, so the
    /// shortest prefix is found by binary search.
    /// </summary>
    /// <param name="lot">The lot.</param>
    /// <param name="drawn">Receives the units. They are cut.</param>
    /// <param name="deficit">GPUs that are missing at least.</param>
    /// <returns>Whether it fits. If not, nothing was changed.</returns>
    public bool DrawUntilFit(IEnumerable<CutUnit> lot, List<CutUnit> drawn, int deficit)
    {
        using var draws = lot.GetEnumerator();
        var (first, tooFew, gpus) = (drawn.Count, drawn.Count, 0);
        for (var atOnce = 1; ; atOnce *= 2)
        {
            for (var i = 0; (i < atOnce || gpus < deficit) && draws.MoveNext(); i++)
            {
                drawn.Add(draws.Current);
                Free(draws.Current);
                gpus += draws.Current.Candidate.Gpus;
            }
            if (drawn.Count == tooFew) // The lot is empty.
            {
                Keep(drawn, first);
                return false;
            }
            if (place() is not null)
                break;
            tooFew = drawn.Count;
        }
        var enough = drawn.Count;
        while (enough - tooFew > 1)
        {
            var middle = (enough + tooFew) / 2;
            var rest = drawn[middle..enough];
            Unfree(rest);
            if (place() is not null)
                enough = middle;
            else
                (tooFew, _) = (middle, FreeAgain(rest));
        }
        Keep(drawn, enough);
        return true;
    }

    /// <summary>
    /// Spares the units that the demand does not need: those of the last step first, so that no run is drawn in a
    /// lottery where spares or steps are enough. In a step, all that the demand's slots do not touch, then one by one
    /// those without which it fits elsewhere, the last first. A part of a run is spared only after the parts cut after
    /// it.
    /// </summary>
    /// <param name="drawn">All units that are cut; the demand fits.</param>
    /// <param name="cuts">The units that remain cut, in the order drawn.</param>
    /// <returns>The leases with which the demand fits.</returns>
    public IReadOnlyList<OpeningLease> Spare(IReadOnlyList<CutUnit> drawn, out IReadOnlyList<CutUnit> cuts)
    {
        var leases = place()!;
        var needed = new NeededWork();
        for (var step = CutStep.Lottery; step >= CutStep.Unfunded; step--)
        {
            if (drawn.Where(unit => unit.Candidate.Step == step).ToArray() is { Length: > 0 } inStep)
                leases = SpareInStep(inStep, leases, needed);
        }
        cuts = [.. drawn.Where(freed.Contains)];
        return leases;
    }

    private IReadOnlyList<OpeningLease> SpareInStep(
        CutUnit[] drawn, IReadOnlyList<OpeningLease> leases, NeededWork needed)
    {
        for (var again = true; again;)
        {
            again = false;
            SpareUntouched(drawn, leases, needed);
            for (var i = drawn.Length - 1; i >= 0 && !again; i--)
            {
                var unit = drawn[i];
                if (!freed.Contains(unit) || needed.Holds(unit))
                    continue;
                Unfree([unit]);
                if (place() is { } without)
                {
                    (leases, again) = (without, true);
                }
                else
                {
                    Free(unit);
                    needed.Add(unit);
                }
            }
        }
        return leases;
    }

    /// <summary>Undoes all cuts.</summary>
    public void Restore() => Unfree([.. freed]);

    private void SpareUntouched(CutUnit[] drawn, IReadOnlyList<OpeningLease> leases, NeededWork needed)
    {
        var used = new Dictionary<string, ulong>();
        foreach (var slots in leases.SelectMany(lease => lease.Slots))
            used[slots.Node] = used.GetValueOrDefault(slots.Node) | slots.Mask;
        var blocked = new NeededWork(needed);
        for (var i = drawn.Length - 1; i >= 0; i--)
        {
            var unit = drawn[i];
            if (!freed.Contains(unit) || blocked.Holds(unit))
                continue;
            var isTouched = unit.Leases.SelectMany(lease => lease.Slots)
                .Any(slots => (used.GetValueOrDefault(slots.Node) & slots.Mask) != 0);
            if (isTouched)
                blocked.Add(unit);
            else
                Unfree([unit]);
        }
    }

    /// <summary>Keeps the first of the drawn units, and puts the others back.</summary>
    private void Keep(List<CutUnit> drawn, int count)
    {
        Unfree(drawn[count..].Where(freed.Contains).ToArray());
        drawn.RemoveRange(count, drawn.Count - count);
    }

    private bool FreeAgain(List<CutUnit> units)
    {
        Free(units);
        return true;
    }

    private void Free(CutUnit unit)
    {
        freed.Add(unit);
        foreach (var lease in unit.Leases)
        {
            for (var i = 0; i < lease.Slots.Count; i++)
                overlay.Free(lease.Slots[i], lease.Role);
        }
    }

    private void Unfree(IReadOnlyList<CutUnit> units)
    {
        foreach (var unit in units)
        {
            freed.Remove(unit);
            foreach (var lease in unit.Leases)
            {
                for (var i = 0; i < lease.Slots.Count; i++)
                    overlay.Unfree(lease.Slots[i], lease.Role);
            }
        }
    }
}

/// <summary>
/// The units that cannot be spared: those found needed, and with them what must be cut before them. An elastic run
/// gives up its steps in order, and a group with its spares; whoever is cut whole gives up all parts.
/// </summary>
internal sealed class NeededWork
{
    private readonly HashSet<(RunKey Run, CutStep? Step, int? Spare)> needed;

    public NeededWork() => needed = [];

    public NeededWork(NeededWork other) => needed = [.. other.needed];

    public bool Holds(CutUnit unit) =>
        needed.Contains((unit.Candidate.Run, unit.Candidate.Step, SpareOf(unit)))
        || needed.Contains((unit.Candidate.Run, null, null));

    public void Add(CutUnit unit)
    {
        needed.Add((unit.Candidate.Run, unit.IsWhole ? null : unit.Candidate.Step, SpareOf(unit)));
        if (unit.Candidate.Step == CutStep.Shrink)
        {
            foreach (var spare in ShrinkSteps.SparesWith(unit.Run, unit.Leases))
                needed.Add((unit.Candidate.Run, CutStep.Spares, spare));
        }
    }

    private static int? SpareOf(CutUnit unit) => unit.Candidate.Step == CutStep.Spares ? unit.Candidate.Part : null;
}
