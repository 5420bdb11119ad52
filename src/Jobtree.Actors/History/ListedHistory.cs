using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Actors.Runs.Loads;
using Jobtree.Core.Model;

namespace Jobtree.Actors.History;

/// <summary>The ended runs that are still listed, for fleets that keep no other history.</summary>
/// <param name="runs">The listing.</param>
internal sealed class ListedHistory(IRunIndex runs) : IRunHistory
{
    private static readonly Comparer<RunRecord> Order = Comparer<RunRecord>.Create(
        static (one, other) => HistoryPlace.Order.Compare(HistoryPlace.Of(one), HistoryPlace.Of(other)));

    /// <inheritdoc/>
    public async ValueTask<Page<RunRecord>> List(HistoryQuery query, CancellationToken cancellation)
    {
        var first = query.Continue is { } token ? HistoryPlace.Parse(token) : null;
        var limit = Math.Clamp(query.Limit, 1, RunQuery.LimitMax);
        // The next of them so far, in order, and one more if there are more.
        var found = new SortedSet<RunRecord>(Order);
        foreach (var phase in new[] { RunPhase.Completed, RunPhase.Failed })
        {
            await foreach (var run in Listed(query, phase, cancellation))
            {
                if (!query.Matches(run)
                    || (first is not null && HistoryPlace.Order.Compare(HistoryPlace.Of(run), first) <= 0))
                    continue;
                found.Add(run);
                if (found.Count > limit + 1)
                    found.Remove(found.Max!);
            }
        }
        var room = new PageRoom(limit);
        var items = found.TakeWhile(room.TryTake).ToList();
        return new Page<RunRecord>(items, found.Count > items.Count ? HistoryPlace.Of(items[^1]).ToString() : null);
    }

    private async IAsyncEnumerable<RunRecord> Listed(HistoryQuery query, RunPhase phase,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        if (query.Phase is { } only && only != phase)
            yield break;
        var pages = new RunQuery
        {
            Namespace = query.Namespace, Name = query.Name, Owner = query.Owner, VisibleOwners = query.VisibleOwners,
            Flavor = query.Flavor, Phase = phase, Limit = RunQuery.LimitMax,
        };
        do
        {
            cancellation.ThrowIfCancellationRequested();
            var page = await runs.List(pages);
            foreach (var run in page.Items)
                yield return run;
            pages = pages with { Continue = page.Continue };
        }
        while (pages.Continue is not null);
    }
}
