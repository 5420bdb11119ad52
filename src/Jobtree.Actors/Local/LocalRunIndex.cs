using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Local;

/// <summary>
/// The index of runs in this process. It keeps the last record of every run and the last changes for watchers.
/// </summary>
/// <param name="firstVersion">The version to begin at.</param>
/// <param name="clock">Given: versions are at least the clock's microseconds, so that one who saw another shard's
/// changes can say from when on to go on here. Absent: they are counted.</param>
public sealed class LocalRunIndex(long firstVersion, TimeProvider? clock = null) : IRunIndex
{
    private const int ChangesMax = 16_384;
    private const int WatcherBacklogMax = 4_096;

    private readonly Lock gate = new();
    private readonly Dictionary<RunKey, RunRecord> byKey = [];
    private readonly SortedSet<RunKey> sorted = [];
    private readonly List<RunKey> unsorted = [];
    private readonly Dictionary<(string Flavor, RunPhase Phase), int> counts = [];
    private readonly Queue<(long Version, RunRecord Run)> changes = new();
    private readonly List<Channel<(long Version, RunRecord Run)>> watchers = [];
    private long version = firstVersion;
    private long forgotten = firstVersion;
    private bool recovering;

    /// <summary>A version by the clock: microseconds of Unix time.</summary>
    /// <param name="clock">The clock.</param>
    public static long VersionAt(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds() * 1000;

    /// <summary>The record of a run; null: it is not known here.</summary>
    /// <param name="run">The run.</param>
    public RunRecord? Find(RunKey run)
    {
        lock (gate)
            return byKey.GetValueOrDefault(run);
    }

    /// <summary>The records that have not ended, in no particular order.</summary>
    public IReadOnlyList<RunRecord> Open()
    {
        lock (gate)
            return [.. byKey.Values.Where(record => !record.IsOver)];
    }

    /// <summary>How many runs there are.</summary>
    internal int Total
    {
        get
        {
            lock (gate)
                return byKey.Count;
        }
    }

    /// <summary>The runs there are now, in no particular order.</summary>
    internal IReadOnlyList<RunKey> Keys()
    {
        lock (gate)
            return [.. byKey.Keys];
    }

    /// <summary>Enters a run as it stood at a point of its journal, before anyone lists or watches.</summary>
    internal void Recover(RunRecord record)
    {
        lock (gate)
        {
            recovering = true;
            byKey[record.Key] = record;
        }
    }

    /// <summary>Takes a run on by one record of its journal, before anyone lists or watches.</summary>
    internal void Recover<TChange>(RunKey run, TChange change, Func<RunKey, RunRecord?, TChange, RunRecord> apply)
    {
        lock (gate)
        {
            recovering = true;
            ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(byKey, run, out _);
            place = apply(place?.Key ?? run, place, change);
        }
    }

    /// <summary>Ends the recovery: what was recovered can be listed, and none of it is a change to tell.</summary>
    internal void Recovered()
    {
        lock (gate)
        {
            if (!recovering)
                return;
            recovering = false;
            foreach (var record in byKey.Values)
                Count(record, 1);
        }
    }

    /// <summary>
    /// Says that what was entered up to now is the state to begin with, and none of it a change to tell.
    /// </summary>
    public void Begin()
    {
        lock (gate)
        {
            changes.Clear();
            forgotten = version = clock is null ? version : Math.Max(version, VersionAt(clock));
        }
    }

    /// <inheritdoc/>
    public long? Latest => Volatile.Read(ref version);

    /// <inheritdoc/>
    public void Put(RunRecord record)
    {
        lock (gate)
        {
            ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(byKey, record.Key, out var isKnown);
            if (isKnown)
            {
                if (place!.Version >= record.Version)
                    return;
                Count(place, -1);
            }
            else
            {
                // Until somebody lists, all there are are unsorted.
                if (sorted.Count > 0)
                    unsorted.Add(record.Key);
            }
            place = record;
            Count(record, 1);
            version = clock is null ? version + 1 : Math.Max(version + 1, VersionAt(clock));
            if (changes.Count == ChangesMax)
                forgotten = changes.Dequeue().Version;
            changes.Enqueue((version, record));
            for (var i = watchers.Count - 1; i >= 0; i--)
            {
                // A watcher that cannot keep up is told so, rather than held in memory without bound.
                if (!watchers[i].Writer.TryWrite((version, record)))
                {
                    watchers[i].Writer.TryComplete(new WatchExpiredException());
                    watchers.RemoveAt(i);
                }
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<Page<RunRecord>> List(RunQuery query)
    {
        lock (gate)
        {
            var limit = Math.Clamp(query.Limit, 1, RunQuery.LimitMax);
            var items = new List<RunRecord>();
            foreach (var key in From(query))
            {
                var record = byKey[key];
                if (!Matches(query, record))
                    continue;
                if (items.Count == limit)
                    return ValueTask.FromResult(new Page<RunRecord>(items, items[^1].Key.ToString(), version));
                items.Add(record);
            }
            return ValueTask.FromResult(new Page<RunRecord>(items, null, version));
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<(long Version, RunRecord Run)> Watch(
        RunQuery query, long? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var channel = Channel.CreateBounded<(long, RunRecord)>(WatcherBacklogMax);
        List<(long Version, RunRecord Run)> past;
        lock (gate)
        {
            past = Past(after);
            watchers.Add(channel);
        }
        try
        {
            foreach (var change in past.Where(change => Matches(query, change.Run)))
                yield return change;
            await foreach (var change in channel.Reader.ReadAllAsync(cancellation))
            {
                if (Matches(query, change.Item2))
                    yield return change;
            }
        }
        finally
        {
            lock (gate)
                watchers.Remove(channel);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PhaseCount>> Count()
    {
        lock (gate)
        {
            var answer = new PhaseCount[counts.Count];
            var at = 0;
            foreach (var ((flavor, phase), runs) in counts)
                answer[at++] = new PhaseCount(flavor, phase, runs);
            return ValueTask.FromResult<IReadOnlyList<PhaseCount>>(answer);
        }
    }

    /// <summary>The keys in order. They are sorted when somebody lists, not while runs are submitted.</summary>
    private SortedSet<RunKey> Sorted()
    {
        if (sorted.Count == 0)
            sorted.UnionWith(byKey.Keys);
        else
            sorted.UnionWith(unsorted);
        unsorted.Clear();
        return sorted;
    }

    private List<(long Version, RunRecord Run)> Past(long? after)
    {
        if (after is not { } seen || seen == 0)
            return [.. Sorted().Select(key => (version, byKey[key]))];
        if (seen < forgotten || (seen > version && clock is null))
            throw new WatchExpiredException();
        return [.. changes.Where(change => change.Version > seen)];
    }

    private IEnumerable<RunKey> From(RunQuery query)
    {
        var keys = Sorted();
        if (query.Continue is { } last && RunKey.TryParse(last, out var lastKey))
            return keys.Count == 0 || keys.Max <= lastKey ? [] : keys.GetViewBetween(lastKey, keys.Max).SkipWhile(
                key => key == lastKey);
        if (query.Namespace is not { } only)
            return keys;
        var first = new RunKey(only, "");
        return keys.Count == 0 || keys.Max < first ? [] : keys.GetViewBetween(first, keys.Max).TakeWhile(
            key => key.Namespace == only);
    }

    private static bool Matches(RunQuery query, RunRecord run) =>
        (query.Namespace is null || run.Key.Namespace == query.Namespace)
        && (query.Name is null || run.Key.Name == query.Name)
        && (query.Owner is null || OwnerPattern.IsAtOrBelow(run.Owner, query.Owner))
        && (query.VisibleOwners is null || query.VisibleOwners.Any(owner => OwnerPattern.IsAtOrBelow(run.Owner, owner)))
        && (query.Flavor is null || run.Spec.Resources.GpuType == query.Flavor)
        && (query.Phase is null || run.Phase == query.Phase);

    private void Count(RunRecord run, int change)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(counts, (run.Spec.Resources.GpuType, run.Phase), out _) += change;
    }
}
