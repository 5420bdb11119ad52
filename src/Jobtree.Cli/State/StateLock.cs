using Jobtree.Actors.Operations;

namespace Jobtree.Cli.State;

/// <summary>
/// The exclusive lock on a state file: a lock on <c>FILE.lock</c> beside it. The system releases the lock however the
/// process ends. The lock file is not removed; otherwise two processes could lock two different files of that name.
/// </summary>
internal sealed class StateLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private readonly FileStream file;

    private StateLock(FileStream file) => this.file = file;

    /// <summary>Waits for the lock.</summary>
    /// <param name="stateFile">The state file.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="time">The clock.</param>
    /// <param name="notice">Receives a line if it must wait.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<Result<StateLock>> Take(
        string stateFile, TimeSpan patience, TimeProvider time, Action<string> notice, CancellationToken cancellation)
    {
        var path = stateFile + ".lock";
        var begun = time.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new StateLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException exception)
                when (exception is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
            {
                if (time.GetElapsedTime(begun) >= patience)
                {
                    return new Problem(
                        ProblemCode.Conflict,
                        $"{stateFile} is in use by another command: waited {patience.TotalSeconds:0.#} s for {path}. " +
                        $"Nothing was changed.");
                }
                if (attempt == 1)
                    notice($"{stateFile} is in use by another command; waiting.");
                await Task.Delay(Pause, time, cancellation);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return new Problem(ProblemCode.Invalid, $"{path} cannot be locked: {exception.Message}");
            }
        }
    }

    public void Dispose() => file.Dispose();
}
