using Jobtree.Core.Model;
using Jobtree.Grains.Journals;

namespace Jobtree.Silo.Journals.Disk;

/// <summary>
/// The runs that have a journal, by shard, in the order of their first records. None is ever removed, so each costs no
/// more than a reference and a time.
/// </summary>
internal sealed class RunShards
{
    private readonly List<(string Run, long At)>[] shards = [
        .. Enumerable.Range(0, RunShard.Count).Select(_ => new List<(string, long)>())];

    /// <summary>A run has its first record.</summary>
    /// <param name="name">The run's name as its actor has it: it is kept for ever, so the same string is.</param>
    /// <param name="at">When.</param>
    public void Enter(string name, DateTimeOffset at)
    {
        var shard = shards[RunShard.Of(RunKey.Parse(name))];
        lock (shard)
            shard.Add((name, at.UtcTicks));
    }

    /// <summary>The runs of a shard as they are now.</summary>
    public IReadOnlyList<RunKey> Of(int shard, DateTimeOffset? since)
    {
        var from = since?.UtcTicks ?? 0;
        var runs = new List<RunKey>();
        var listed = shards[shard];
        lock (listed)
        {
            // Those of late are asked for again and again, among all that there ever were. Two that came at once may
            // stand either way round, which a second of the caller's overlap makes good.
            for (var at = listed.Count - 1; at >= 0 && listed[at].At >= from; at--)
                runs.Add(RunKey.Parse(listed[at].Run));
        }
        return runs;
    }
}
