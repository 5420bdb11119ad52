using Jobtree.Embedded.Journal;
using Microsoft.Extensions.Logging;

namespace Jobtree.Embedded.Hosting;

/// <summary>
/// Takes a snapshot whenever the journal has grown by so many records. One that fails is tried again later: the journal
/// alone is enough to start from.
/// </summary>
internal sealed partial class SnapshotSchedule(LogHolder holder, EmbeddedFleetOptions options,
    Func<CancellationToken, Task> snapshot, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource closing = new();
    private Task work = Task.CompletedTask;
    private long covered;

    /// <summary>The first record that the newest snapshot does not cover.</summary>
    public void Covered(long lsn) => Volatile.Write(ref covered, lsn);

    public void Begin() => work = Task.Run(Work);

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await work;
        closing.Dispose();
    }

    private async Task Work()
    {
        try
        {
            while (holder.Log.Failure is null)
            {
                await Task.Delay(Look, options.Time, closing.Token);
                if (holder.Log.LastLsn - Volatile.Read(ref covered) >= options.SnapshotEvery)
                    await Try();
            }
        }
        catch (OperationCanceledException)
        {
            // The host closes; the journal alone is enough to start from.
        }
    }

    private async Task Try()
    {
        try
        {
            await snapshot(closing.Token);
        }
        catch (Exception failure) when (failure is IOException and not JournalFailedException
            or UnauthorizedAccessException or InvalidOperationException)
        {
            SnapshotFailed(failure);
            await Task.Delay(Pause, options.Time, closing.Token);
        }
        catch (JournalFailedException)
        {
            // The host says so itself; there is nothing left to take a snapshot of.
        }
    }

    [LoggerMessage(Level = LogLevel.Error,
        Message =
        "A snapshot could not be written; the next start reads more of the journal. It is tried again in a minute.")]
    private partial void SnapshotFailed(Exception failure);
}
