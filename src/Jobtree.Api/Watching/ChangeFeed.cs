using Jobtree.Actors.Operations;

namespace Jobtree.Api.Watching;

/// <summary>Changes with one read always pending, so that the wait can be combined with other waits.</summary>
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

    /// <summary>Completes with whether there is a next change.</summary>
    public Task<bool> Next { get; private set; }

    /// <summary>
    /// Takes the next change, when <see cref="Next"/> is true, and starts the read of the one after it.
    /// </summary>
    public RunChange Take()
    {
        var change = changes.Current;
        Next = changes.MoveNextAsync().AsTask();
        return change;
    }

    /// <summary>Whether the next change is already available and has this version.</summary>
    public async ValueTask<bool> GoesOnAt(long version) =>
        Next.IsCompletedSuccessfully && await Next && changes.Current.Version == version;

    public async ValueTask DisposeAsync()
    {
        // An enumerator must not be disposed while a read is pending.
        await stop.CancelAsync();
        await ((Task)Next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await changes.DisposeAsync();
        stop.Dispose();
    }
}
