using Jobtree.Core.Ledger;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>The widths of an elastic run, and how it shrinks to one of them.</summary>
/// <remarks>
/// Its widths are its minimum and whole steps above it. With groups, it shrinks by whole groups, highest index first,
/// and a group ends with its spares. Without groups, it gives up the GPUs of its highest chunk first, and of the nodes
/// on which it has the fewest. Of a lease that is given up in part, the rest is leased anew
/// (<see cref="LeaseRevision"/>).
/// </remarks>
public static class Elasticity
{
    /// <summary>The greatest of its widths within a number of GPUs. Null if that is below the minimum.</summary>
    internal static int? WidthWithin(Demand demand, int gpus) =>
        demand.GpusStep > 0 && gpus >= demand.LeastGpus()
            ? gpus - (gpus - demand.LeastGpus()) % demand.GpusStep : null;

    /// <summary>
    /// The widths to which a run can shrink, from the greatest to its minimum. Empty for a run that is not elastic.
    /// </summary>
    internal static IEnumerable<int> WidthsBelow(RunningRun run)
    {
        for (var at = WidthWithin(run.Demand, run.Gpus() - 1); at is { } width;
            at = WidthWithin(run.Demand, width - run.Demand.GpusStep))
            yield return width;
    }

    /// <summary>Its spare leases, in number order.</summary>
    internal static IEnumerable<Lease> SparesOf(RunningRun run) =>
        run.Leases.Where(static lease => lease.Role == LeaseRole.Spare);

    /// <summary>
    /// Shrinks a run to a width: the leases that end with <see cref="LeaseEndReason.Shrink"/>, and those of what it
    /// keeps. With groups that are not whole steps it may become narrower, and then grows. Null if that would be below
    /// its minimum.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="width">One of its widths, less than its present one.</param>
    internal static LeaseRevision? Shrink(RunningRun run, int width)
    {
        var revision = new LeaseRevision(run);
        ShrinkTo(revision, width);
        return revision.Gpus >= run.Demand.LeastGpus() ? revision : null;
    }

    /// <summary>The entry that sets the desired width of a running run, and shrinks it if it is wider.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="run">The run.</param>
    /// <param name="desired">The width in GPUs.</param>
    /// <param name="now">The instant.</param>
    public static LedgerEntry SetWidth(FlavorState state, RunningRun run, int desired, DateTimeOffset now)
    {
        var entry = new LedgerEntry { At = now, Resize = [new WidthChange(run.Demand.Run, desired)] };
        if (desired >= run.Gpus() || Shrink(run, desired) is not { } revision)
            return entry;
        var rest = revision.Opening(state.NextLease);
        return entry with { End = [.. revision.Ends(now)], Swap = rest is null ? null : [rest] };
    }

    /// <summary>Gives up what a revision keeps beyond a width. With groups it may end below it.</summary>
    internal static void ShrinkTo(LeaseRevision revision, int width)
    {
        if (revision.Run.Demand.GroupGpus > 0)
            DropGroups(revision, width);
        else
            DropGpus(revision, width);
    }

    /// <summary>Ends all that a group still holds.</summary>
    internal static void DropGroup(LeaseRevision revision, int group) =>
        revision.EndGroup(group, LeaseEndReason.Shrink);

    private static void DropGroups(LeaseRevision revision, int width)
    {
        foreach (var group in revision.Run.Leases.Where(lease => revision.KeptOf(lease).Count > 0)
            .Select(lease => lease.Group).Distinct().OrderDescending().ToArray())
        {
            if (revision.Gpus <= width)
                return;
            DropGroup(revision, group);
        }
    }

    private static void DropGpus(LeaseRevision revision, int width)
    {
        foreach (var (lease, slots) in InDropOrder(revision).ToArray())
        {
            if (revision.Gpus <= width)
                return;
            var given = slots.Highest(Math.Min(slots.Count, revision.Gpus - width));
            revision.Lose(lease, given, LeaseEndReason.Shrink);
        }
    }

    /// <summary>
    /// The GPUs that a run without groups keeps, node by node in the order in which it gives them up: the highest chunk
    /// first, and of a lease the nodes on which it has the fewest, so that the nodes left are as whole as possible.
    /// </summary>
    internal static IEnumerable<(Lease Lease, NodeSlots Slots)> InDropOrder(LeaseRevision revision) =>
        revision.Run.Leases.Where(static lease => lease.Role == LeaseRole.Active)
            .OrderByDescending(lease => lease.Chunk).ThenByDescending(lease => lease.Id)
            .SelectMany(lease => revision.KeptOf(lease).OrderBy(slots => slots.Count)
                .ThenByDescending(slots => slots.Node, StringComparer.Ordinal).Select(slots => (lease, slots)));
}
