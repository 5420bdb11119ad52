using Jobtree.Actors.Operations;
using Jobtree.Api.Access;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;
using Jobtree.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Jobtree.Api.Watching;

/// <summary>
/// Streams run changes as server-sent events to a bounded number of watchers. Drops watchers that do not keep up.
/// </summary>
internal sealed class RunWatch
{
    // The number of bytes to collect before a flush while changes arrive faster than they are sent.
    private const int BatchBytes = 16 * 1024;

    // All items of the initial snapshot have the same version. A client that is cut off within the snapshot must not
    // resume after that version, so only the last item carries it; the others restart the watch from the beginning.
    private const long BeforeAll = 0;

    private readonly ApiOptions options;
    private readonly TimeProvider time;
    private readonly StreamDoor door;

    public RunWatch(ApiOptions options, FleetMetrics metrics,
        IHostApplicationLifetime lifetime, TimeProvider time)
    {
        (this.options, this.time) = (options, time);
        door = new StreamDoor(options.WatchersMax,
            $"There are as many watch streams as may be, {options.WatchersMax} in all and a quarter of them for one "
            + "token; end one, or poll.", "slow-watcher", metrics, lifetime);
        metrics.Observe(Catalogue.ApiWatchers, () => [Catalogue.ApiWatchers.Measure(door.Readers)]);
    }

    /// <summary>Streams until the client disconnects, the host stops, or the changes end.</summary>
    public Task<Reply> Stream(HttpContext http, Caller caller, IOperations operations, RunQuery query, long? after) =>
        door.Serve(http, caller, cancellation => Stream(http, operations, query, after, cancellation));

    /// <summary>Lets in a reader that is no request of the API; null: there are as many readers as may be.</summary>
    public IDisposable? Enter(Caller caller) => door.Enter(caller);

    /// <summary>What a reader is told that is one too many.</summary>
    public string Refusal => door.Refusal;

    private async Task<Reply> Stream(
        HttpContext http, IOperations operations, RunQuery query, long? after, CancellationToken cancellation)
    {
        await using var feed = new ChangeFeed(operations, query, after, cancellation);
        if (feed.Next.IsFaulted && feed.Next.Exception.InnerException is WatchExpiredException expired)
            return Expired(expired);
        try
        {
            await StreamedResponse.Begin(http.Response, MediaTypes.EventStream, cancellation);
            await Send(http, feed, cancellation);
        }
        catch (WatchExpiredException late)
        {
            EventText.Problem(http.Response.BodyWriter, Expired(late));
            await Flush(http, cancellation);
        }

        return Reply.Written;
    }

    private async Task Send(HttpContext http, ChangeFeed feed, CancellationToken cancellation)
    {
        var writer = http.Response.BodyWriter;
        while (true)
        {
            while (!feed.Next.IsCompleted)
            {
                if (writer.UnflushedBytes > 0)
                    await Flush(http, cancellation);
                else if (!await Came(feed.Next, cancellation))
                    EventText.Alive(writer);
            }

            if (!await feed.Next)
                break;
            var change = feed.Take();
            EventText.Change(writer, change, await feed.GoesOnAt(change.Version) ? BeforeAll : change.Version);
            if (writer.UnflushedBytes >= BatchBytes)
                await Flush(http, cancellation);
        }

        await Flush(http, cancellation);
    }

    // Whether the next change or the end of the stream came before the heartbeat was due.
    private async Task<bool> Came(Task next, CancellationToken cancellation)
    {
        try
        {
            await next.WaitAsync(options.Heartbeat, time, cancellation);
            return true;
        }
        catch (TimeoutException) when (!next.IsCompleted)
        {
            return false;
        }
    }

    private Task Flush(HttpContext http, CancellationToken cancellation) =>
        StreamedResponse.Flush(http, options, time, cancellation);

    private static ApiProblem Expired(WatchExpiredException e) => new(ProblemKind.WatchExpired, e.Message);
}
