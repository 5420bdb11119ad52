using Jobtree.Core.Model;
using Jobtree.Grains.Journals;

namespace Jobtree.Silo.Journals.Disk;

/// <summary>
/// The runs that have a journal, by shard, in the order of their first records. Runs are never removed, so each costs
/// only a reference and a time.
/// </summary>
internal sealed class RunShards
{
    private readonly List<(string Run, long At)>[] shards = [
        .. Enumerable.Range(0, RunShard.Count).Select(_ => new List<(string, long)>())];

    /// <summary>Adds a run when its first record is written.</summary>
    /// <param name="name">The run's name. It is held for ever, so pass the actor's own string instance.</param>
    /// <param name="at">The time of the record.</param>
    public void Enter(string name, DateTimeOffset at)
    {
        var shard = shards[RunShard.Of(RunKey.Parse(name))];
        lock (shard)
            shard.Add((name, at.UtcTicks));
    }

    /// <summary>The current runs of a shard.</summary>
    public IReadOnlyList<RunKey> Of(int shard, DateTimeOffset? since)
    {
        var from = since?.UtcTicks ?? 0;
        var runs = new List<RunKey>();
        var listed = shards[shard];
        lock (listed)
        {
            // Searches from the end: callers mostly ask for recent runs. Two concurrent entries may be out of order;
            // the caller overlaps its queries by a second to cover that.
            for (var at = listed.Count - 1; at >= 0 && listed[at].At >= from; at--)
                runs.Add(RunKey.Parse(listed[at].Run));
        }
        return runs;
    }
}
