using Jobtree.Core.Model;
using Jobtree.Grains.Journals;

namespace Jobtree.Silo.Journals.Disk;

/// <summary>The runs that have a journal, by shard, with the times of their first records.</summary>
internal sealed class RunShards
{
    /// <summary>How far back the most recent runs are found without looking at all others: longer than from one sweep
    /// of the listing to the next, with its overlap.</summary>
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(20);

    /// <summary>Tables with room for no more than this are not made smaller when runs leave.</summary>
    private const int RoomMin = 4_096;

    private readonly Shard[] shards = [.. Enumerable.Range(0, RunShard.Count).Select(static _ => new Shard())];

    /// <summary>Adds a run when its first record is written, or when it comes back.</summary>
    /// <param name="name">The run's name. It is held as long as the run has a journal, so pass the actor's own string
    /// instance.</param>
    /// <param name="at">The time of the record.</param>
    public void Enter(string name, DateTimeOffset at)
    {
        var shard = Of(name);
        lock (shard)
        {
            shard.Runs[name] = at.UtcTicks;
            shard.Recent.Enqueue((name, at.UtcTicks));
            while (shard.Recent.TryPeek(out var oldest) && oldest.At < at.UtcTicks - Recent.Ticks)
                shard.ForgottenUpTo = Math.Max(shard.ForgottenUpTo, shard.Recent.Dequeue().At);
        }
    }

    /// <summary>Removes a run whose journal is forgotten.</summary>
    /// <param name="name">The run's name.</param>
    public void Leave(string name)
    {
        var shard = Of(name);
        lock (shard)
        {
            shard.Runs.Remove(name);
            // Most runs are short, so that those which began together leave together.
            while (shard.Recent.TryPeek(out var oldest) && !shard.Runs.ContainsKey(oldest.Run))
                shard.Recent.Dequeue();
            if (shard.Runs.Capacity > RoomMin && shard.Runs.Capacity > 8 * shard.Runs.Count)
                shard.Runs.TrimExcess();
            if (shard.Recent.Capacity > RoomMin && shard.Recent.Capacity > 8 * shard.Recent.Count)
                shard.Recent.TrimExcess();
        }
    }

    /// <summary>The current runs of a shard.</summary>
    public IReadOnlyList<RunKey> Of(int shard, DateTimeOffset? since)
    {
        var from = since?.UtcTicks ?? 0;
        var listed = shards[shard];
        lock (listed)
        {
            // Two concurrent entries may be out of order; the caller overlaps its queries to cover that.
            return from > listed.ForgottenUpTo
                ? [.. listed.Recent.Where(run => run.At >= from && listed.Runs.ContainsKey(run.Run))
                    .Select(static run => RunKey.Parse(run.Run))]
                : [.. listed.Runs.Where(run => run.Value >= from).Select(static run => RunKey.Parse(run.Key))];
        }
    }

    private Shard Of(string name) => shards[RunShard.Of(name)];

    private sealed class Shard
    {
        public Dictionary<string, long> Runs { get; } = [];

        public Queue<(string Run, long At)> Recent { get; } = new();

        /// <summary>The time of the last run that has left <see cref="Recent"/>.</summary>
        public long ForgottenUpTo { get; set; } = -1;
    }
}
