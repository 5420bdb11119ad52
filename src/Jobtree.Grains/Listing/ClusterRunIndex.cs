using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.Runs;
using Jobtree.Actors.Runs.Loads;
using Jobtree.Core.Model;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Hosting;
using Jobtree.Grains.Journals;
using Jobtree.Grains.Reporting;

namespace Jobtree.Grains.Listing;

/// <summary>
/// The listing as one silo sees it. Changes of runs on this silo are sent to the shards in batches; a page is merged
/// from all shards, and a watch follows all of them. The listing may lag for a moment; the run itself never does.
/// </summary>
internal sealed class ClusterRunIndex : IRunIndex, IDisposable
{
    private const int WatchBufferMax = 1_024;

    /// <summary>
    /// The margin for clock skew between shards and for reordered changes. A resumed watch begins that much earlier and
    /// may repeat changes.
    /// </summary>
    private const long OverlapMicroseconds = 2_000_000;

    private static readonly TimeSpan CountAge = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long records gather before they are sent. A busy silo then sends a shard dozens of records in a message, and
    /// only the newer record of a run that was submitted and started in that time.
    /// </summary>
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(20);

    private readonly TimeProvider time;
    private readonly IFleetObserver? observer;
    private readonly ClusterReports reports;
    private readonly ShardFeed[] feeds;
    private readonly ITimer timer;
    private int isLingering;
    private readonly Remembered<IReadOnlyList<PhaseCount>> counts;

    /// <param name="grains">The shards.</param>
    /// <param name="time">The clock.</param>
    /// <param name="observer">Is told of each run that ended here; absent: nobody is.</param>
    /// <param name="reports">What was reported about runs.</param>
    /// <param name="retried">Called when a batch for a shard is to be sent again.</param>
    public ClusterRunIndex(IGrainFactory grains, TimeProvider time, IFleetObserver? observer, ClusterReports reports,
        Action<string, Exception>? retried = null)
    {
        (this.time, this.observer, this.reports) = (time, observer, reports);
        counts = new Remembered<IReadOnlyList<PhaseCount>>(time, CountAge, CountNow);
        feeds = [.. Enumerable.Range(0, RunShard.Count)
            .Select(shard => new ShardFeed(grains.GetGrain<IRunIndexGrain>(shard), retried))];
        // Not the fleet's clock: no decision depends on it, and sending continues while a test's clock stands still.
        timer = TimeProvider.System.CreateTimer(static index => ((ClusterRunIndex)index!).LingerEnded(), this,
            Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Put(RunRecord record)
    {
        feeds[RunShard.Of(record.Key)].Add(record);
        if (Volatile.Read(ref isLingering) == 0 && Interlocked.Exchange(ref isLingering, 1) == 0)
            timer.Change(Linger, Timeout.InfiniteTimeSpan);
        reports.Local.Follow(record);
        if (record is { IsOver: true, IsRefused: false })
            observer?.Ended(record);
    }

    /// <summary>A shard of the listing.</summary>
    /// <param name="shard">Its number.</param>
    public IRunIndexGrain Shard(int shard) => feeds[shard].Grain;

    public void Dispose() => timer.Dispose();

    /// <summary>Waits until the shards have received all records that runs on this silo have put so far.</summary>
    public Task Flush() => Task.WhenAll(feeds.Select(feed => feed.Flush()));

    public async ValueTask<Page<RunRecord>> List(RunQuery query)
    {
        var version = RunIndex.VersionAt(time);
        var room = new PageRoom(Math.Clamp(query.Limit, 1, RunQuery.LimitMax));
        var shards = query is { Namespace: { } ns, Name: { } name } ? [feeds[RunShard.Of(new RunKey(ns, name))]]
            : feeds;
        var pages = await Task.WhenAll(shards.Select(shard => shard.Grain.List(query).AsTask()));
        // A shard whose page is full has more runs, which come before those of other shards that are behind its last.
        var upTo = pages.Where(page => page.Continue is not null).Select(page => (RunKey?)page.Items[^1].Key).Min();
        var found = pages.SelectMany(page => page.Items).OrderBy(run => run.Key).ToList();
        var merged = found.TakeWhile(run => (upTo is null || run.Key.CompareTo(upTo.Value) <= 0) && room.TryTake(run))
            .ToList();
        var hasMore = merged.Count < found.Count || upTo is not null;
        return new Page<RunRecord>(merged, hasMore && merged.Count > 0 ? merged[^1].Key.ToString() : null, version);
    }

    public async IAsyncEnumerable<(long Version, RunRecord Run)> Watch(
        RunQuery query, long? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var changes = Channel.CreateBounded<ShardChange>(WatchBufferMax);
        var from = after is { } seen && seen > 0 ? Math.Max(1, seen - OverlapMicroseconds) : after;
        var version = RunIndex.VersionAt(time);
        foreach (var shard in feeds)
            _ = Follow(shard.Grain, query, from, changes.Writer, ending.Token);
        try
        {
            await foreach (var change in changes.Reader.ReadAllAsync(cancellation))
            {
                // Each watcher sees non-decreasing versions, although each shard has its own clock.
                version = Math.Max(version, change.Version);
                yield return (version, change.Run);
            }
        }
        finally
        {
            await ending.CancelAsync();
        }
    }

    public Result<RunTelemetry> Report(RunRecord run, WorkloadReport report) => reports.Local.Put(run, report);

    public ValueTask<IReadOnlyList<ReportedRun>> Reported(IReadOnlyList<RunKey> runs) => reports.Of(runs);

    public ValueTask<IReadOnlyList<PhaseCount>> Count() => new(counts.GetAhead());

    public async ValueTask<OpenLoad> Load()
    {
        await Flush();
        return OpenLoad.Sum(await Task.WhenAll(feeds.Select(shard => shard.Grain.Load().AsTask())));
    }

    private void LingerEnded()
    {
        // Reset before the flush, so that a later put starts a new linger.
        Volatile.Write(ref isLingering, 0);
        Interlocked.MemoryBarrier();
        _ = Flush();
    }

    private async Task<IReadOnlyList<PhaseCount>> CountNow()
    {
        var counts = await Task.WhenAll(feeds.Select(shard => shard.Grain.Count().AsTask()));
        return [.. counts.SelectMany(count => count).GroupBy(count => (count.Flavor, count.Phase))
            .Select(group => new PhaseCount(group.Key.Flavor, group.Key.Phase, group.Sum(count => count.Runs)))];
    }

    /// <summary>
    /// Passes on the changes of one shard. When its stream ends, as with the shard's silo, so does the whole watch: the
    /// shard's next activation does not know what changed in between.
    /// </summary>
    private static async Task Follow(IRunIndexGrain shard, RunQuery query, long? after,
        ChannelWriter<ShardChange> changes, CancellationToken cancellation)
    {
        try
        {
            await foreach (var change in shard.Watch(query, after, cancellation).WithCancellation(cancellation))
                await changes.WriteAsync(change, cancellation);
            changes.TryComplete(new WatchExpiredException());
        }
        catch (Exception failure)
        {
            changes.TryComplete(failure is WatchExpiredException ? failure : new WatchExpiredException());
        }
    }
}
