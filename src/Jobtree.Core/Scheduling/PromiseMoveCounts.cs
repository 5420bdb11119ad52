using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>How often promised starts moved later, by cause.</summary>
public sealed class PromiseMoveCounts
{
    private readonly long[] counts = new long[Enum.GetValues<MoveCause>().Length];

    /// <summary>The number of moves for a cause.</summary>
    /// <param name="cause">The cause.</param>
    public long Of(MoveCause cause) => counts[(int)cause];

    internal void Add(MoveCause cause) => counts[(int)cause]++;

    /// <summary>The causes with moves. Null if nothing moved.</summary>
    internal IReadOnlyList<PromiseMoveCount>? Take() => Array.TrueForAll(counts, static count => count == 0) ? null
        : [.. Enum.GetValues<MoveCause>().Where(cause => Of(cause) > 0)
            .Select(cause => new PromiseMoveCount(cause, Of(cause)))];

    internal void Import(IReadOnlyList<PromiseMoveCount>? past)
    {
        foreach (var (cause, count) in past ?? [])
            counts[(int)cause] = count;
    }
}
