using Jobtree.Core.Contention;
using Jobtree.Core.Forecasting;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// Which demands the fleet could hold if nothing else ran, and what waits that it never could. Cached by shape until a
/// node changes.
/// </summary>
/// <param name="fleet">The fleet.</param>
/// <param name="queue">The waiting runs.</param>
internal sealed class FittingShapes(Fleet fleet, WaitingRuns queue)
{
    private const int ShapesMax = 10_000;

    private readonly Dictionary<Shape, bool> known = [];
    private readonly HashSet<WaitingClass> unfit = [];
    private long layouts = -1;

    /// <summary>Whether the fleet could hold a demand, with its spares.</summary>
    public bool CanEverFit(Demand demand)
    {
        Refresh();
        return Fits(demand);
    }

    /// <summary>Takes note of a run that joined the queue.</summary>
    public void Joined(WaitingRun waiting)
    {
        Refresh();
        if (!Fits(waiting.Demand))
            unfit.Add(waiting.Class);
    }

    /// <summary>What waits that the fleet could hold.</summary>
    public QueuedWork Fitting()
    {
        Refresh();
        var work = queue.Work;
        foreach (var group in unfit)
            work -= group.Work;
        return work;
    }

    /// <summary>The number of waiting runs that the fleet could never hold, and their GPUs.</summary>
    public (int Runs, long Gpus) Unfit()
    {
        Refresh();
        return (unfit.Sum(group => group.Count), unfit.Sum(group => group.Work.Gpus));
    }

    private void Refresh()
    {
        if (layouts == fleet.Layouts)
            return;
        layouts = fleet.Layouts;
        known.Clear();
        unfit.Clear();
        foreach (var group in queue.Classes)
        {
            if (!Fits(group.New))
                unfit.Add(group);
        }
    }

    private bool Fits(Demand demand)
    {
        var place = demand.Selector is { Count: > 0 } selector ? WaitingClass.Pairs(selector) : "";
        var shape = new Shape(demand.Gpus, demand.GroupGpus, demand.OneDomain, demand.SparesPerGroup,
            demand.RequiredLevel(), place);
        if (known.TryGetValue(shape, out var fits))
            return fits;
        if (known.Count >= ShapesMax)
            known.Clear();
        unfit.RemoveWhere(static group => group.IsEmpty);
        known.Add(shape, fits = SlicePlanner.CanEverFit(fleet, demand));
        return fits;
    }

    private readonly record struct Shape(
        int Gpus, int GroupGpus, bool OneDomain, int SparesPerGroup, LocalityLevel? Level, string Place);
}
