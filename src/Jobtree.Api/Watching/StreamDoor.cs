using Jobtree.Api.Problems;
using Jobtree.Api.Requests;
using Jobtree.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Jobtree.Api.Watching;

/// <summary>
/// Lets a bounded number of readers into streams of one kind. Each stream ends when its reader leaves or does not keep
/// up, or when the host stops.
/// </summary>
/// <param name="readersMax">The most readers at a time.</param>
/// <param name="refusal">What a reader is told who is one too many.</param>
/// <param name="slowReader">The reason under which a reader that does not keep up is counted.</param>
/// <param name="metrics">Counts it.</param>
/// <param name="lifetime">The host's.</param>
internal sealed class StreamDoor(int readersMax, string refusal, string slowReader, FleetMetrics metrics,
    IHostApplicationLifetime lifetime)
{
    private int readers;

    /// <summary>How many readers there are now.</summary>
    public int Readers => Volatile.Read(ref readers);

    /// <summary>Serves one reader.</summary>
    /// <param name="http">The reader's request.</param>
    /// <param name="stream">Writes the stream until it ends or is cancelled.</param>
    public async Task<Reply> Serve(HttpContext http, Func<CancellationToken, Task<Reply>> stream)
    {
        if (Interlocked.Increment(ref readers) > readersMax)
        {
            Interlocked.Decrement(ref readers);
            return new ApiProblem(ProblemKind.LimitReached, refusal);
        }
        try
        {
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(
                http.RequestAborted, lifetime.ApplicationStopping);
            return await stream(ends.Token);
        }
        catch (OperationCanceledException)
        {
            return Reply.Written;
        }
        catch (TimeoutException)
        {
            metrics.Failed("api", slowReader, "warning");
            http.Abort();
            return Reply.Written;
        }
        finally
        {
            Interlocked.Decrement(ref readers);
        }
    }
}
