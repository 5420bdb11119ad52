using Jobtree.Core.Model;

namespace Jobtree.Grains.Journals;

/// <summary>
/// The fixed shards that list runs. Their number is part of the durable format and must not change while a cluster
/// lives.
/// </summary>
public static class RunShard
{
    /// <summary>The number of shards.</summary>
    public const int Count = 16;

    private const uint FnvOffset = 2166136261;
    private const uint FnvPrime = 16777619;

    /// <summary>
    /// The shard of a run: FNV-1a over the UTF-16 units of <c>namespace/name</c>, the same on every machine and in
    /// every version.
    /// </summary>
    /// <param name="run">The run.</param>
    public static int Of(RunKey run)
    {
        var hash = Mix(FnvOffset, run.Namespace);
        hash = (hash ^ '/') * FnvPrime;
        return (int)(Mix(hash, run.Name) % Count);
    }

    /// <summary>The shard of a run.</summary>
    /// <param name="name">The run as <c>namespace/name</c>.</param>
    public static int Of(string name) => (int)(Mix(FnvOffset, name) % Count);

    private static uint Mix(uint hash, string text)
    {
        foreach (var unit in text)
            hash = (hash ^ unit) * FnvPrime;
        return hash;
    }
}
