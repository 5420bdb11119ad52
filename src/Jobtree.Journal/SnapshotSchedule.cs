using Microsoft.Extensions.Logging;

namespace Jobtree.Journal;

/// <summary>
/// Takes a snapshot whenever the journal has grown by so many records. One that fails is tried again later: the journal
/// alone is enough to start from.
/// </summary>
/// <param name="log">The journal.</param>
/// <param name="every">After how many records a snapshot is due; at least 1.</param>
/// <param name="snapshot">Takes one.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Is told of snapshots that failed.</param>
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

    /// <summary>Notes the first record that the newest snapshot does not cover.</summary>
    /// <param name="lsn">Its number in the log.</param>
    public void Covered(long lsn) => Volatile.Write(ref covered, lsn);

    /// <summary>Begins to watch the journal.</summary>
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
            // The host closes; the journal alone is enough to start from.
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
            // The log has said so itself, and takes no snapshot any more.
        }
    }

    [LoggerMessage(Level = LogLevel.Error,
        Message =
        "A snapshot could not be written; the next start reads more of the journal. It is tried again in {Pause}.")]
    private partial void SnapshotFailed(TimeSpan pause, Exception failure);
}
