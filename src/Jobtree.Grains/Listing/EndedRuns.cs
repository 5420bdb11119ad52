using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Actors.Runs.Loads;
using Jobtree.Core.Model;
using Jobtree.Grains.Hosting;
using Jobtree.Grains.Journals;

namespace Jobtree.Grains.Listing;

/// <summary>
/// What becomes of the ended runs of a shard, so that memory and journals hold what is open, and not what ever was:
/// soon after its end a run is written to the history, then its journal is forgotten, and when it is old, or many have
/// ended after it, it leaves the listing. Without a history the journal stays as long as the run is listed, and nothing
/// after that.
/// </summary>
/// <param name="services">The journals, the history and the options.</param>
/// <param name="index">The listing of the shard.</param>
internal sealed class EndedRuns(ActorServices services, RunIndex index)
{
    private const int BatchMax = 1_024;

    /// <summary>How often a journal is asked to forget a run that is still active.</summary>
    private const int AttemptsMax = 10;

    /// <summary>
    /// How long a run that is in the history stays in its journal too. A submission that found no such run in the
    /// history before is then refused by the journal.
    /// </summary>
    private static readonly TimeSpan ForgetAfter = TimeSpan.FromSeconds(2);

    private readonly WeighedRuns unwritten = new();
    private readonly Queue<(RunRecord Run, DateTimeOffset At, int Attempt)> kept = new();
    private WeighedRuns listed = new();
    private bool isRecalled;

    /// <summary>How many runs have ended and are not in the history yet.</summary>
    public int Unwritten => unwritten.Count;

    /// <summary>About how many bytes of memory they take.</summary>
    public long UnwrittenBytes => unwritten.Bytes;

    private int ListedMax => Math.Max(1, services.Options.EndedListedMax / RunShard.Count);

    private long ListedBytesMax => services.Options.EndedBytesMax / RunShard.Count;

    /// <summary>Takes the record of a run that has ended, as the listing has it.</summary>
    /// <param name="run">The record.</param>
    public void Put(RunRecord run) => (services.History is null ? listed : unwritten).Enqueue(run);

    /// <summary>
    /// Enters the runs that ended last into the listing, as the history has them, once after the shard was activated.
    /// </summary>
    /// <param name="shard">The shard.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="IOException">The history cannot be read now.</exception>
    public async Task Recall(int shard, CancellationToken cancellation)
    {
        if (isRecalled || services.History is not { } history)
            return;
        var since = services.Time.GetUtcNow() - services.Options.EndedListedFor;
        var newest = await history.Newest(shard, since, ListedMax, ListedBytesMax, cancellation);
        // What ended since the activation comes after them.
        var recalled = new WeighedRuns();
        foreach (var run in newest.Reverse().Select(services.Shared).Where(index.Recall).Concat(listed))
            recalled.Enqueue(run);
        listed = recalled;
        isRecalled = true;
    }

    /// <summary>Takes the next steps for all of them.</summary>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="IOException">A store is away; what is left to do stays so.</exception>
    public async Task Pass(CancellationToken cancellation)
    {
        await Write(cancellation);
        await Forget(cancellation);
        await Trim(cancellation);
        unwritten.Shrink(BatchMax);
        listed.Shrink(BatchMax);
        WeighedRuns.Shrink(kept, BatchMax);
    }

    /// <summary>
    /// Writes what had ended when it began. What ends meanwhile waits for the next pass: under a steady load there is
    /// always more, and nothing would ever be forgotten.
    /// </summary>
    private async Task Write(CancellationToken cancellation)
    {
        for (var left = unwritten.Count; left > 0;)
        {
            var some = unwritten.Take(Math.Min(left, BatchMax)).ToArray();
            // The history must not know what a crash could undo.
            await services.Journals.WhenDurable(cancellation);
            await services.History!.Write(some, cancellation);
            left -= some.Length;
            var now = services.Time.GetUtcNow();
            foreach (var run in some)
            {
                unwritten.Dequeue();
                kept.Enqueue((run, now, 1));
                listed.Enqueue(run);
            }
        }
    }

    private async Task Forget(CancellationToken cancellation)
    {
        var now = services.Time.GetUtcNow();
        while (kept.TryPeek(out var first) && first.At <= now - ForgetAfter)
        {
            var some = kept.TakeWhile(run => run.At <= now - ForgetAfter).Take(BatchMax).ToArray();
            var forgotten = await Forget(some.Select(static run => run.Run), cancellation);
            var active = forgotten.Count == some.Length ? []
                : some.Select(static run => JournalOf(run.Run.Key)).Except(forgotten).ToHashSet();
            foreach (var (run, _, attempt) in some)
            {
                kept.Dequeue();
                // It is active, or goes on: then it ends again.
                if (active.Count > 0 && active.Contains(JournalOf(run.Key)) && attempt < AttemptsMax
                    && (index.Find(run.Key) is not { } present || present.Version == run.Version))
                    kept.Enqueue((run, now, attempt + 1));
            }
        }
    }

    private async Task Trim(CancellationToken cancellation)
    {
        while (Leaving() is { Count: > 0 } some)
        {
            if (services.History is null)
                await Forget(some, cancellation);
            foreach (var run in some)
            {
                listed.Dequeue();
                index.Remove(run);
            }
        }
    }

    /// <summary>The first of those listed, while there are too many, they take too much memory, or they are too old.
    /// </summary>
    private List<RunRecord> Leaving()
    {
        var before = services.Time.GetUtcNow() - services.Options.EndedListedFor;
        var (count, bytes) = (listed.Count, listed.Bytes);
        var leaving = new List<RunRecord>();
        foreach (var run in listed)
        {
            if (leaving.Count == BatchMax
                || (count <= ListedMax && bytes <= ListedBytesMax && !(run.FinishedAt < before)))
                break;
            leaving.Add(run);
            (count, bytes) = (count - 1, bytes - RunWeight.Of(run));
        }
        return leaving;
    }

    private ValueTask<IReadOnlyList<ActorKey>> Forget(IEnumerable<RunRecord> runs, CancellationToken cancellation) =>
        services.Journals.Forget(
            [.. runs.Select(run => new ActorPosition(JournalOf(run.Key), run.Version))], cancellation);

    private static ActorKey JournalOf(RunKey run) => new(ActorKind.Run, run.ToString());
}
