namespace Jobtree.Client;

/// <summary>
/// Pauses between retries, each about twice as long as the one before, until the client's patience is used up.
/// </summary>
internal sealed class Patience(JobtreeClientOptions options)
{
    private readonly long began = options.Time.GetTimestamp();
    private TimeSpan next = options.Pause;

    /// <summary>Waits before the next attempt.</summary>
    /// <returns>Whether to make another attempt.</returns>
    public async Task<bool> Pause(CancellationToken cancellation)
    {
        if (options.Time.GetElapsedTime(began) + next > options.Patience)
            return false;
        // Jitter, because clients that were cut off together must not reconnect together.
        await Task.Delay(next * (0.5 + Random.Shared.NextDouble()), options.Time, cancellation);
        next = next * 2 < options.PauseMax ? next * 2 : options.PauseMax;
        return true;
    }
}
