using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.Runs.Following;
using Jobtree.Actors.Runs.Loads;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs;

/// <summary>
/// The last records of the runs that are open or ended not long ago, and recent changes for watchers. Thread-safe.
/// </summary>
/// <param name="clock">If given, a version is at least the clock's microseconds, so that a watcher can continue at this
/// shard from a version seen at another. If absent, versions count from 1.</param>
/// <param name="changesBytesMax">About how many bytes of memory the changes may take that are kept for watchers.
/// </param>
public sealed class RunIndex(TimeProvider? clock = null, long changesBytesMax = long.MaxValue) : IRunIndex
{
    private const int ChangesMax = 4_096;
    private const int WatcherBacklogMax = 4_096;

    private readonly Lock gate = new();
    private readonly Dictionary<RunKey, RunRecord> byKey = [];
    private readonly SortedSet<RunKey> sorted = [];
    private readonly List<RunKey> unsorted = [];
    private readonly Dictionary<(string Flavor, RunPhase Phase), int> counts = [];
    private readonly Queue<(long Version, RunRecord Run)> changes = new();
    private readonly LoadCount open = new();
    private readonly List<Channel<(long Version, RunRecord Run)>> watchers = [];
    private readonly ReportedRuns reported = new(clock ?? TimeProvider.System);
    private readonly FollowWatch follows = new();
    private long version;
    private long forgotten;
    private long changesBytes;

    /// <summary>The version for the clock's time: microseconds of Unix time.</summary>
    /// <param name="clock">The clock.</param>
    public static long VersionAt(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds() * 1000;

    /// <summary>The record of a run; null if unknown here.</summary>
    /// <param name="run">The run.</param>
    public RunRecord? Find(RunKey run)
    {
        lock (gate)
            return byKey.GetValueOrDefault(run);
    }

    /// <summary>Ends recovery: all records so far are the initial state and are not published as changes.</summary>
    public void Begin()
    {
        lock (gate)
        {
            changes.Clear();
            changesBytes = 0;
            forgotten = version = clock is null ? version : Math.Max(version, VersionAt(clock));
        }
    }

    /// <summary>The runs that runs of this index follow, wherever their records are.</summary>
    public IReadOnlyList<RunKey> Upstreams()
    {
        lock (gate)
            return follows.Upstreams();
    }

    /// <summary>The states of runs of this index, for those that follow them.</summary>
    /// <param name="runs">The runs.</param>
    public IReadOnlyList<UpstreamState> StatesOf(IReadOnlyList<RunKey> runs)
    {
        lock (gate)
            return [.. runs.Select(run => UpstreamState.Of(byKey.GetValueOrDefault(run)))];
    }

    /// <summary>The following runs to wake now; see <see cref="FollowWatch.TakeDue"/>.</summary>
    /// <param name="states">The present state of each upstream run.</param>
    /// <param name="now">The present.</param>
    public IReadOnlyList<DueFollower> TakeDueFollowers(
        IReadOnlyDictionary<RunKey, UpstreamState> states, DateTimeOffset now)
    {
        lock (gate)
            return follows.TakeDue(states, now);
    }

    /// <summary>Has a following run that could not be woken be due again.</summary>
    /// <param name="run">The run.</param>
    public void RetryFollower(RunKey run)
    {
        lock (gate)
            follows.Retry(run);
    }

    /// <summary>When the grace of a following run ends next; null: none is waiting for that.</summary>
    public DateTimeOffset? NextFollowerWake
    {
        get
        {
            lock (gate)
                return follows.NextWake;
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
            else if (sorted.Count > 0)
            {
                // Nothing is sorted before the first list, which then sorts all keys at once.
                unsorted.Add(record.Key);
            }
            place = record;
            Count(record, 1);
            Publish(record);
            follows.Put(record);
            reported.Follow(record);
        }
    }

    /// <summary>Enters a run that ended before this index began, unless it is here; watchers do not hear of it.
    /// </summary>
    /// <param name="record">Its record.</param>
    /// <returns>Whether it was entered.</returns>
    public bool Recall(RunRecord record)
    {
        lock (gate)
        {
            if (!byKey.TryAdd(record.Key, record))
                return false;
            if (sorted.Count > 0)
                unsorted.Add(record.Key);
            Count(record, 1);
            return true;
        }
    }

    /// <summary>Removes a run that ended, unless it has gone on since; watchers do not hear of it.</summary>
    /// <param name="record">Its record.</param>
    public void Remove(RunRecord record)
    {
        lock (gate)
        {
            if (byKey.GetValueOrDefault(record.Key) is not { } present || present.Version != record.Version)
                return;
            byKey.Remove(record.Key);
            // Gives back what a backlog took.
            if (byKey.Capacity > ChangesMax && byKey.Capacity > 4 * byKey.Count)
                byKey.TrimExcess();
            Count(present, -1);
            if (sorted.Count > 0)
                Sorted().Remove(record.Key);
        }
    }

    /// <inheritdoc/>
    public ValueTask<Page<RunRecord>> List(RunQuery query)
    {
        lock (gate)
        {
            var room = new PageRoom(Math.Clamp(query.Limit, 1, RunQuery.LimitMax));
            var items = new List<RunRecord>();
            foreach (var key in From(query))
            {
                var record = byKey[key];
                if (record.IsHidden || !query.Matches(record))
                    continue;
                if (!room.TryTake(record))
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
            foreach (var change in past.Where(change => query.Matches(change.Run)))
                yield return change;
            await foreach (var change in channel.Reader.ReadAllAsync(cancellation))
            {
                if (query.Matches(change.Item2))
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
    public Result<RunTelemetry> Report(RunRecord run, WorkloadReport report) => reported.Put(run, report);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ReportedRun>> Reported(IReadOnlyList<RunKey> runs) =>
        ValueTask.FromResult(reported.Of(runs));

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

    /// <inheritdoc/>
    public ValueTask<OpenLoad> Load()
    {
        lock (gate)
            return ValueTask.FromResult(open.Take());
    }

    /// <summary>
    /// Gives a change its version, remembers it for later watchers, and sends it to the current ones.
    /// </summary>
    private void Publish(RunRecord record)
    {
        version = clock is null ? version + 1 : Math.Max(version + 1, VersionAt(clock));
        changesBytes += RunWeight.Of(record);
        changes.Enqueue((version, record));
        while (changes.Count > ChangesMax || (changesBytes > changesBytesMax && changes.Count > 1))
        {
            (forgotten, var oldest) = changes.Dequeue();
            changesBytes -= RunWeight.Of(oldest);
        }
        for (var i = watchers.Count - 1; i >= 0; i--)
        {
            if (watchers[i].Writer.TryWrite((version, record)))
                continue;
            // The watcher is too slow. Its stream ends, so that the backlog stays bounded.
            watchers[i].Writer.TryComplete(new WatchExpiredException());
            watchers.RemoveAt(i);
        }
    }

    /// <summary>The keys in order. Sorting waits until the first list, so that submissions do not pay for it.</summary>
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
            return [.. Sorted().Select(key => (version, byKey[key])).Where(entry => !entry.Item2.IsHidden)];
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

    private void Count(RunRecord run, int change)
    {
        if (change > 0)
            open.Add(run);
        else
            open.Remove(run);
        if (run.IsHidden)
            return;
        CollectionsMarshal.GetValueRefOrAddDefault(counts, (run.Spec.Resources.GpuType, run.Phase), out _) += change;
    }
}
