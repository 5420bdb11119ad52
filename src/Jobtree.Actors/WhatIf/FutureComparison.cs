using System.Globalization;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Actors.WhatIf;

/// <summary>Compares two futures of the same copy.</summary>
/// <param name="copy">The copy.</param>
/// <param name="without">The future without the changes.</param>
/// <param name="with">The future with them.</param>
/// <param name="asked">The runs that the changes name.</param>
/// <param name="visibleOwners">Whose runs may be shown; absent: all.</param>
internal sealed class FutureComparison(FleetCopy copy, FleetFuture without, FleetFuture with,
    IReadOnlySet<RunKey> asked, IReadOnlyList<string>? visibleOwners)
{
    private readonly DateTimeOffset until = without.PlayedTo < with.PlayedTo ? without.PlayedTo : with.PlayedTo;
    private int leftOut;

    public WhatIfReport Report(IReadOnlyList<WhatIfDocument> documents)
    {
        var (before, after) = (new Outlooks(without, until), new Outlooks(with, until));
        var keys = without.Present.Keys.Union(with.Present.Keys).Where(IsVisible).Order().ToArray();
        return new WhatIfReport(
            copy.At, until, documents, Runs(keys, before, after), Cuts(), Promises(keys), Owners(keys), leftOut,
            Notes());
    }

    private WhatIfRun[] Runs(IEnumerable<RunKey> keys, Outlooks before, Outlooks after) => Limited(
        keys.Select(key => new WhatIfRun(
            key, Any(key).Owner, Any(key).Gpus, asked.Contains(key), before.Of(key), after.Of(key)))
        .Where(run => run.IsAsked || run.Without != run.With)
        .OrderBy(run => !run.IsAsked).ThenBy(run => run.Run));

    private WhatIfCut[] Cuts()
    {
        var anyway = without.Log.Cuts.GroupBy(cut => (cut.Run, cut.At, cut.Rule))
            .ToDictionary(cuts => cuts.Key, cuts => cuts.Count());
        var more = new List<WhatIfCut>();
        foreach (var cut in with.Log.Cuts.Where(cut => cut.At <= until && IsVisible(cut.Owner)))
        {
            var key = (cut.Run, cut.At, cut.Rule);
            if (anyway.GetValueOrDefault(key) is var count && count > 0)
                anyway[key] = count - 1;
            else
                more.Add(new WhatIfCut(
                    cut.Run, cut.Owner, cut.At, cut.Rule, cut.For, cut.Gpus, cut.GoesOn));
        }
        return Limited(more);
    }

    private WhatIfPromise[] Promises(IEnumerable<RunKey> keys) => Limited(keys
        .Select(key => new WhatIfPromise(key, Any(key).Owner, without.Present.GetValueOrDefault(key)?.Promised,
            with.Present.GetValueOrDefault(key)?.Promised))
        .Where(promise => promise.From != promise.To));

    private WhatIfOwner[] Owners(IEnumerable<RunKey> keys)
    {
        var owners = new SortedDictionary<string, (ClassSplit Without, ClassSplit With)>(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            var (owner, known) = (Any(key).Owner, owners.GetValueOrDefault(Any(key).Owner));
            owners[owner] = (known.Without + (without.Present.GetValueOrDefault(key)?.Classes ?? default),
                known.With + (with.Present.GetValueOrDefault(key)?.Classes ?? default));
        }
        return Limited(owners.Where(owner => owner.Value.Without != owner.Value.With)
            .Select(owner => new WhatIfOwner(owner.Key, owner.Value.Without, owner.Value.With)));
    }

    private List<string> Notes()
    {
        var notes = new List<string>();
        if (without.IsCutShort || with.IsCutShort)
            notes.Add($"More than {FleetFuture.EntriesMax.ToString("N0", CultureInfo.InvariantCulture)} decisions "
                + "would follow; what comes after them is not shown.");
        if (copy.Flavors.Count > 1)
            notes.Add($"The {copy.Flavors.Count} flavors were copied one after the other, each at one instant.");
        if (until > copy.At)
            notes.Add("Runs are taken to end when expected, and nothing else to be submitted or changed.");
        return notes;
    }

    private PresentRun Any(RunKey key) =>
        with.Present.GetValueOrDefault(key) ?? without.Present[key];

    private bool IsVisible(RunKey key) => visibleOwners is null || IsVisible(Any(key).Owner);

    private bool IsVisible(string owner) =>
        visibleOwners is null || visibleOwners.Any(visible => OwnerPattern.IsAtOrBelow(owner, visible));

    private T[] Limited<T>(IEnumerable<T> rows)
    {
        var all = rows.ToArray();
        leftOut += Math.Max(0, all.Length - WhatIfReport.RowsMax);
        return all.Length <= WhatIfReport.RowsMax ? all : all[..WhatIfReport.RowsMax];
    }

    /// <summary>How the runs of a future fare, up to an instant.</summary>
    private sealed class Outlooks
    {
        private readonly FleetFuture future;
        private readonly Dictionary<RunKey, DateTimeOffset> starts = [];
        private readonly Dictionary<RunKey, DateTimeOffset> ends = [];
        private readonly Dictionary<RunKey, DateTimeOffset> cuts = [];

        public Outlooks(FleetFuture future, DateTimeOffset until)
        {
            this.future = future;
            foreach (var cut in future.Log.Cuts.Where(cut => cut.At <= until && !cut.GoesOn))
                cuts.TryAdd(cut.Run, cut.At);
            foreach (var start in future.Log.Starts.Where(start => start.At <= until
                && start.Reason is LeaseStartReason.Start or LeaseStartReason.Promise))
            {
                // What counts is the first start, and for a run that is cut, the first one after that.
                if (!cuts.TryGetValue(start.Run, out var cut) || start.At > cut)
                    starts.TryAdd(start.Run, start.At);
            }
            foreach (var end in future.Log.Ends.Where(end => end.At <= until))
                ends[end.Run] = end.At;
        }

        public WhatIfOutlook? Of(RunKey key)
        {
            if (future.Present.GetValueOrDefault(key) is not { } present)
                return OfFailed(key);
            DateTimeOffset? start = starts.TryGetValue(key, out var at) ? at
                : cuts.ContainsKey(key) ? null : present.StartedAt;
            return new WhatIfOutlook(present.Phase, present.Classes, start,
                ends.TryGetValue(key, out var end) ? end : present.EndedAt);
        }

        /// <summary>A run that the changes end at once, such as one that a lost node fails; null if there is none.
        /// </summary>
        private WhatIfOutlook? OfFailed(RunKey key) => cuts.ContainsKey(key) && ends.TryGetValue(key, out var end)
            ? new WhatIfOutlook(RunPhase.Failed, default, null, end) : null;
    }
}
