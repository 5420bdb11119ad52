using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>What was done to runs that were running, since a ledger began.</summary>
/// <param name="Grown">Times that a run went on with more GPUs.</param>
/// <param name="Shrunk">Times that a run went on with fewer GPUs: on request, for another run, or after a node failed.
/// </param>
/// <param name="Swapped">Spare leases that took the place of GPUs of a failed node.</param>
/// <param name="Yielded">Of <paramref name="Shrunk"/>, those for another run.</param>
/// <param name="SparesDropped">Times that a run gave up spares for another run.</param>
/// <param name="Drawn">Runs that a lottery cut.</param>
public readonly record struct ActionCounts(
    long Grown = 0, long Shrunk = 0, long Swapped = 0, long Yielded = 0, long SparesDropped = 0, long Drawn = 0)
{
    /// <summary>The counts of several ledgers.</summary>
    /// <param name="left">The counts of one.</param>
    /// <param name="right">Those of another one.</param>
    public static ActionCounts operator +(ActionCounts left, ActionCounts right) => new(
        left.Grown + right.Grown, left.Shrunk + right.Shrunk, left.Swapped + right.Swapped,
        left.Yielded + right.Yielded, left.SparesDropped + right.SparesDropped, left.Drawn + right.Drawn);

    /// <summary>The counts after a run went on with other leases.</summary>
    /// <param name="resizing">The first cause of it.</param>
    /// <param name="gained">How many active GPUs more it holds; below 0: fewer.</param>
    internal ActionCounts With(RunFact resizing, int gained)
    {
        var isForAnother = resizing.Cause is not null;
        return this with
        {
            Grown = Grown + (gained > 0 ? 1 : 0),
            Shrunk = Shrunk + (gained < 0 ? 1 : 0),
            Yielded = Yielded + (isForAnother && gained < 0 && resizing.Reason == LeaseEndReason.Shrink ? 1 : 0),
            SparesDropped = SparesDropped + (isForAnother && resizing.Reason == LeaseEndReason.DropSpare ? 1 : 0),
        };
    }
}
