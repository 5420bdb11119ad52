using System.Collections;
using Jobtree.Actors.Runs;
using Jobtree.Actors.Runs.Loads;

namespace Jobtree.Grains.Listing;

/// <summary>A queue of runs that knows about how many bytes of memory they take.</summary>
internal sealed class WeighedRuns : IEnumerable<RunRecord>
{
    private readonly Queue<RunRecord> runs = new();

    /// <summary>How many there are.</summary>
    public int Count => runs.Count;

    /// <summary>About how many bytes they take.</summary>
    public long Bytes { get; private set; }

    /// <summary>Puts a run at the end.</summary>
    /// <param name="run">The run.</param>
    public void Enqueue(RunRecord run)
    {
        runs.Enqueue(run);
        Bytes += RunWeight.Of(run);
    }

    /// <summary>Takes the first run.</summary>
    public RunRecord Dequeue()
    {
        var run = runs.Dequeue();
        Bytes -= RunWeight.Of(run);
        return run;
    }

    /// <summary>Gives back what a backlog took, such as that of a history that was away.</summary>
    /// <param name="least">A capacity up to which nothing is given back.</param>
    public void Shrink(int least) => Shrink(runs, least);

    /// <summary>Gives back what a backlog took in any queue.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="least">A capacity up to which nothing is given back.</param>
    public static void Shrink<T>(Queue<T> queue, int least)
    {
        if (queue.Capacity > least && queue.Capacity > 4 * queue.Count)
            queue.TrimExcess();
    }

    /// <inheritdoc/>
    public IEnumerator<RunRecord> GetEnumerator() => runs.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
