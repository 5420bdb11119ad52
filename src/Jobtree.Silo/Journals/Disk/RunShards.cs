using Jobtree.Core.Model;
using Jobtree.Grains.Journals;

namespace Jobtree.Silo.Journals.Disk;

/// <summary>The runs that have a journal, by shard, in the order of their first records.</summary>
internal sealed class RunShards
{
    private readonly List<(RunKey Run, DateTimeOffset At)>[] shards = [.. Enumerable.Range(0, RunShard.Count).Select(_ => new List<(RunKey, DateTimeOffset)>())];

    /// <summary>A run has its first record.</summary>
    public void Enter(RunKey run, DateTimeOffset at)
    {
        var shard = shards[RunShard.Of(run)];
        lock (shard)
            shard.Add((run, at));
    }

    /// <summary>The runs of a shard as they are now.</summary>
    public IReadOnlyList<RunKey> Of(int shard, DateTimeOffset? since)
    {
        var listed = shards[shard];
        lock (listed)
            return [.. listed.Where(entry => since is null || entry.At >= since).Select(entry => entry.Run)];
    }
}
