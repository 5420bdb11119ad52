using Microsoft.Extensions.Logging;

namespace Jobtree.Journal;

/// <summary>
/// Takes a snapshot whenever the journal has grown by a given number of records. A failed snapshot is retried later,
/// because a host can start from the journal alone.
/// </summary>
/// <param name="log">The journal.</param>
/// <param name="every">The number of records after which a snapshot is due; at least 1.</param>
/// <param name="snapshot">Takes a snapshot.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs failed snapshots.</param>
public sealed partial class SnapshotSchedule(
    JournalLog log, long every, Func<CancellationToken, Task> snapshot, TimeProvider time, ILogger logger)
    : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PauseMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseMax = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource closing = new();
    private Task work = Task.CompletedTask;
    private TimeSpan pause = PauseMin;
    private long covered;

    /// <summary>Sets the first record that the newest snapshot does not cover.</summary>
    /// <param name="lsn">The record's log sequence number.</param>
    public void Covered(long lsn) => Volatile.Write(ref covered, lsn);

    /// <summary>Starts watching the journal.</summary>
    public void Begin() => work = Task.Run(Work);

    /// <inheritdoc/>
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
            while (log.Failure is null)
            {
                await Task.Delay(Look, time, closing.Token);
                if (log.LastLsn - Volatile.Read(ref covered) >= every)
                    await Try();
            }
        }
        catch (OperationCanceledException)
        {
            // The host is closing; it can start from the journal alone.
        }
    }

    private async Task Try()
    {
        try
        {
            await snapshot(closing.Token);
            pause = PauseMin;
        }
        catch (Exception failure) when (failure is IOException and not JournalFailedException
            or UnauthorizedAccessException or InvalidOperationException)
        {
            SnapshotFailed(pause, failure);
            await Task.Delay(pause, time, closing.Token);
            pause = pause * 2 < PauseMax ? pause * 2 : PauseMax;
        }
        catch (JournalFailedException)
        {
            // The log has reported its own failure and takes no more snapshots.
        }
    }

    [LoggerMessage(Level = LogLevel.Error,
        Message =
        "A snapshot could not be written; the next start reads more of the journal. It is tried again in {Pause}.")]
    private partial void SnapshotFailed(TimeSpan pause, Exception failure);
}
