using Jobtree.Actors.Operations;

namespace Jobtree.Api.Watching;

/// <summary>
/// Changes with the next one always asked for, so that waiting for it can be interleaved with other things.
/// </summary>
internal sealed class ChangeFeed : IAsyncDisposable
{
    private readonly CancellationTokenSource stop;
    private readonly IAsyncEnumerator<RunChange> changes;

    public ChangeFeed(IOperations operations, RunQuery query, long? after, CancellationToken cancellation)
    {
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        changes = operations.WatchRuns(query, after, stop.Token).GetAsyncEnumerator(stop.Token);
        Next = changes.MoveNextAsync().AsTask();
    }

    /// <summary>Whether there is a next change, once that is known.</summary>
    public Task<bool> Next { get; private set; }

    /// <summary>The next change, when <see cref="Next"/> is true, and asks for the one after it.</summary>
    public RunChange Take()
    {
        var change = changes.Current;
        Next = changes.MoveNextAsync().AsTask();
        return change;
    }

    /// <summary>Whether the next change is there already and carries this version.</summary>
    public async ValueTask<bool> GoesOnAt(long version) =>
        Next.IsCompletedSuccessfully && await Next && changes.Current.Version == version;

    public async ValueTask DisposeAsync()
    {
        // An enumerator may not be disposed of while it is asked for more.
        await stop.CancelAsync();
        await ((Task)Next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await changes.DisposeAsync();
        stop.Dispose();
    }
}
