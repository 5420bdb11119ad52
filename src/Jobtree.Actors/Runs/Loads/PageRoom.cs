using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs.Loads;

/// <summary>
/// The room of one page of runs: a number of them, and about how much memory they may take, since one run may be a
/// thousand times as large as another.
/// </summary>
/// <param name="limit">The most runs.</param>
public sealed class PageRoom(int limit)
{
    /// <summary>About how many bytes of memory the runs of a page may take. A thousand usual ones take a third.
    /// </summary>
    public const long BytesMax = 16 << 20;

    private int runs;
    private long bytes;

    /// <summary>Takes room for a run. There always is some for the first.</summary>
    /// <param name="run">The run.</param>
    /// <returns>Whether it fits; what comes after one that does not is for the next page.</returns>
    public bool TryTake(RunRecord run)
    {
        var weight = RunWeight.Of(run);
        if (runs > 0 && (runs >= limit || bytes + weight > BytesMax))
            return false;
        (runs, bytes) = (runs + 1, bytes + weight);
        return true;
    }
}
