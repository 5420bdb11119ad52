using Jobtree.Core.Ledger;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>The widths of an elastic run, and how it shrinks to one of them.</summary>
/// <remarks>
/// Its widths are its minimum and whole steps above it. With groups, it shrinks by whole groups, highest index first,
/// and a group ends with its spares. Where groups are not whole steps, that may leave it between two widths: it ends up
/// narrower than asked, and then grows, or wider if one group less would be below its minimum. Without groups, it gives
/// up the GPUs of its highest chunk first, and of the nodes on which it has the fewest. Of a lease that is given up in
/// part, the rest is leased anew (<see cref="LeaseRevision"/>).
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

    /// <summary>The entry that sets the desired width of a running run, and shrinks it if it is wider.</summary>
    /// <param name="state">The flavor.</param>
    /// <param name="run">The run.</param>
    /// <param name="desired">The width in GPUs.</param>
    /// <param name="now">The instant.</param>
    public static LedgerEntry SetWidth(FlavorState state, RunningRun run, int desired, DateTimeOffset now)
    {
        var entry = new LedgerEntry { At = now, Resize = [new WidthChange(run.Demand.Run, desired)] };
        var revision = new LeaseRevision(run);
        if (desired < run.Gpus())
            ShrinkTo(revision, desired);
        if (revision.IsEmpty)
            return entry;
        var rest = revision.Opening(state.NextLease);
        return entry with { End = [.. revision.Ends(now)], Swap = rest is null ? null : [rest] };
    }

    /// <summary>Gives up what a revision keeps beyond a width, as far as its groups and its minimum allow.</summary>
    /// <param name="revision">What the run loses. It keeps its minimum at least.</param>
    /// <param name="width">One of its widths.</param>
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
            if (revision.Gpus <= width || revision.Gpus - revision.GpusOf(group) < revision.Run.Demand.LeastGpus())
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
