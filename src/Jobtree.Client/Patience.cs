namespace Jobtree.Client;

/// <summary>
/// Pauses between repetitions, each about twice as long as the one before, for no longer than the client is patient in
/// all.
/// </summary>
internal sealed class Patience(JobtreeClientOptions options)
{
    private readonly long began = options.Time.GetTimestamp();
    private TimeSpan next = options.Pause;

    /// <summary>Waits before the next try.</summary>
    /// <returns>Whether there is to be one.</returns>
    public async Task<bool> Pause(CancellationToken cancellation)
    {
        if (options.Time.GetElapsedTime(began) + next > options.Patience)
            return false;
        // Clients that were cut off together must not come back together.
        await Task.Delay(next * (0.5 + Random.Shared.NextDouble()), options.Time, cancellation);
        next = next * 2 < options.PauseMax ? next * 2 : options.PauseMax;
        return true;
    }
}
