using Jobtree.Actors.Operations;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Grains.Journals;

namespace Jobtree.Silo.Tests.Histories;

/// <summary>A history during each of whose writes something else happens, such as that further runs end.</summary>
internal sealed class HistoryOfABusyFleet(IRunHistoryStore history) : IRunHistoryStore
{
    /// <summary>What happens during a write.</summary>
    public Func<Task> Meanwhile { get; set; } = static () => Task.CompletedTask;

    /// <summary>How often it was written to.</summary>
    public int Writes { get; private set; }

    public async Task Write(IReadOnlyList<RunRecord> ended, CancellationToken cancellation)
    {
        Writes++;
        // Not in the turn of the shard that writes.
        await Task.Run(Meanwhile, cancellation);
        await history.Write(ended, cancellation);
    }

    public ValueTask<Page<RunRecord>> List(HistoryQuery query, CancellationToken cancellation) =>
        history.List(query, cancellation);

    public ValueTask<IReadOnlyList<RunRecord?>> Find(IReadOnlyList<RunKey> runs, CancellationToken cancellation) =>
        history.Find(runs, cancellation);

    public ValueTask<bool> Contains(RunKey run, CancellationToken cancellation) => history.Contains(run, cancellation);

    public Task<IReadOnlyList<RunRecord>> Newest(
        int shard, DateTimeOffset since, int max, long bytesMax, CancellationToken cancellation) =>
        history.Newest(shard, since, max, bytesMax, cancellation);
}
