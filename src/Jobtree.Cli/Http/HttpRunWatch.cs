using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Manifests;
using Jobtree.Manifests;

namespace Jobtree.Cli.Http;

/// <summary>
/// Watches runs over server-sent events. If the stream breaks, resumes after the last received change.
/// </summary>
/// <param name="connection">The server.</param>
/// <param name="time">Paces the reconnect attempts.</param>
/// <param name="notice">Receives a line about a broken stream.</param>
internal sealed class HttpRunWatch(HttpConnection connection, TimeProvider time, Action<string> notice)
{
    private const int AttemptsMax = 6;
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(250);

    // The server sends a heartbeat every 15 s; a stream that misses three is dead.
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(45);

    /// <summary>The changes, as specified by <see cref="IOperations.WatchRuns"/>.</summary>
    /// <exception cref="WatchExpiredException">The changes are no longer retained.</exception>
    /// <exception cref="ProblemException">The server refused the watch, or a reconnect failed.</exception>
    public async IAsyncEnumerable<RunChange> Changes(
        RunQuery query, long? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var attempt = 0;
        while (true)
        {
            var broken = default(Problem);
            await using var stream = Stream(query, after, cancellation).GetAsyncEnumerator(cancellation);
            while (true)
            {
                try
                {
                    if (!await stream.MoveNextAsync())
                        broken = new Problem(ProblemCode.Unavailable, "The server ended the stream.");
                }
                catch (ProblemException exception)
                    when (exception.Problem.Code == ProblemCode.Unavailable && (after is not null || attempt > 0))
                {
                    broken = exception.Problem;
                }
                if (broken is not null)
                    break;
                (attempt, after) = (0, stream.Current.Version);
                yield return stream.Current;
            }
            if (++attempt > AttemptsMax)
                throw new ProblemException(broken!);
            notice($"{broken!.Detail} Trying again.");
            await Task.Delay(PauseMin * (1 << attempt), time, cancellation);
        }
    }

    private async IAsyncEnumerable<RunChange> Stream(
        RunQuery query, long? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var watched = Query.Of(query).And("watch", "true").And("after", after?.ToString(CultureInfo.InvariantCulture));
        var path = $"v1/runs{watched}";
        var opened = await connection.Open(path, "text/event-stream", cancellation);
        if (!opened.Succeeded(out var response, out var problem))
            throw Failure(problem);
        using (response)
        {
            using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await using var body = new SilenceLimit(
                await response.Content.ReadAsStreamAsync(cancellation), silence, SilenceMax);
            await using var events = SseParser.Create(body).EnumerateAsync(silence.Token).GetAsyncEnumerator(
                silence.Token);
            while (await Next(events, cancellation) is { } item)
            {
                if (item.EventType == "expired")
                    throw new WatchExpiredException();
                if (item.EventType == "run")
                    yield return Read(item);
            }
        }
    }

    private static async Task<SseItem<string>?> Next(
        IAsyncEnumerator<SseItem<string>> events, CancellationToken cancellation)
    {
        try
        {
            return await events.MoveNextAsync() ? events.Current : null;
        }
        catch (Exception exception) when (HttpConnection.IsBroken(exception))
        {
            throw new ProblemException(new Problem(ProblemCode.Unavailable, $"The stream broke: {exception.Message}"));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ProblemException(new Problem(ProblemCode.Unavailable, "The stream fell silent."));
        }
    }

    private static RunChange Read(SseItem<string> item)
    {
        try
        {
            using var document = JsonDocument.Parse(item.Data);
            if (!ManifestText.ReadOne<RunManifest>(document.RootElement).Succeeded(out var run, out var problem))
                throw new ProblemException(problem with { Code = ProblemCode.Invalid });
            return long.TryParse(item.EventId, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
                ? new RunChange(version, run)
                : throw new ProblemException(
                    new Problem(ProblemCode.Invalid, "The server sent an event without a version."));
        }
        catch (JsonException)
        {
            throw new ProblemException(new Problem(ProblemCode.Invalid, "The server sent an event that is not JSON."));
        }
    }

    private static Exception Failure(Problem problem) =>
        problem.Detail.StartsWith("watch-expired", StringComparison.Ordinal) ? new WatchExpiredException()
            : new ProblemException(problem);
}
