using Jobtree.Api.Access;
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
/// <param name="readersMax">The most readers at a time. One token may have a quarter of them, and an eighth is kept for
/// operators of the whole fleet.</param>
/// <param name="refusal">What a reader is told who is one too many.</param>
/// <param name="slowReader">The reason under which a reader that does not keep up is counted.</param>
/// <param name="metrics">Counts it.</param>
/// <param name="lifetime">The host's.</param>
internal sealed class StreamDoor(int readersMax, string refusal, string slowReader, FleetMetrics metrics,
    IHostApplicationLifetime lifetime)
{
    private readonly FairShare places = new(readersMax, Math.Max(1, readersMax / 4), readersMax / 8);

    /// <summary>How many readers there are now.</summary>
    public long Readers => places.Taken;

    /// <summary>What a reader is told who is one too many.</summary>
    public string Refusal => refusal;

    /// <summary>Lets a reader in until it is disposed of; null: it is one too many.</summary>
    public IDisposable? Enter(Caller caller) => places.TryTake(caller, 1);

    /// <summary>Serves one reader.</summary>
    /// <param name="http">The reader's request.</param>
    /// <param name="caller">The reader.</param>
    /// <param name="stream">Writes the stream until it ends or is cancelled.</param>
    public async Task<Reply> Serve(HttpContext http, Caller caller, Func<CancellationToken, Task<Reply>> stream)
    {
        using var place = Enter(caller);
        if (place is null)
            return new ApiProblem(ProblemKind.LimitReached, refusal);
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
    }
}
