using System.Buffers;
using System.Globalization;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Api.Access;
using Jobtree.Api.Requests;
using Jobtree.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Jobtree.Api.Watching;

/// <summary>
/// Streams a ledger as lines of JSON, each the bytes of an entry, to a bounded number of readers. A reader that does
/// not keep up is dropped.
/// </summary>
internal sealed class LedgerStream(
    ApiOptions options, FleetMetrics metrics, IHostApplicationLifetime lifetime, TimeProvider time)
{
    /// <summary>The header that names the first entry that is still kept.</summary>
    public const string FirstHeader = "Jobtree-Ledger-First";

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    private readonly StreamDoor door = new(options.WatchersMax,
        $"There are {options.WatchersMax} readers of ledgers already; try again, or read with a limit.", "slow-reader",
        metrics, lifetime);

    /// <summary>Streams entries until the last one or the limit, or, if the reader follows, until it leaves.</summary>
    public Task<Reply> Send(
        HttpContext http, Caller caller, IOperations operations, string flavor, long after, long limit, bool follows) =>
        door.Serve(http, caller, cancellation =>
            Send(http, operations, flavor, after, limit, follows, cancellation));

    private async Task<Reply> Send(HttpContext http, IOperations operations, string flavor, long after, long limit,
        bool follows, CancellationToken cancellation)
    {
        if (!(await Page(operations, flavor, after, limit, cancellation)).Succeeded(out var page, out var problem))
            return problem;
        await Begin(http.Response, page.First, cancellation);
        var heard = time.GetTimestamp();
        while (true)
        {
            if (page.Entries.Count > 0)
            {
                foreach (var entry in page.Entries)
                    Write(http, entry.Bytes);
                (after, limit, heard) = (page.Entries[^1].Sequence, limit - page.Entries.Count, time.GetTimestamp());
            }
            else if (time.GetElapsedTime(heard) >= options.Heartbeat)
            {
                // An empty line is no entry; it shows that the stream is alive.
                Write(http, []);
                heard = time.GetTimestamp();
            }
            await Flush(http, cancellation);
            if (limit <= 0 || (page.Entries.Count == 0 && !follows))
                return Reply.Written;
            if (page.Entries.Count == 0)
                await Task.Delay(LookEvery, time, cancellation);
            if (!(await Page(operations, flavor, after, limit, cancellation)).Succeeded(out page, out problem))
            {
                // The answer has begun and cannot become a problem: a broken stream is told from a whole one.
                metrics.Failed("api", "ledger-stream", "warning");
                http.Abort();
                return Reply.Written;
            }
        }
    }

    private static Task<Result<LedgerPage>> Page(
        IOperations operations, string flavor, long after, long limit, CancellationToken cancellation) =>
        operations.ReadLedger(flavor, after, (int)Math.Min(limit, ILedgers.PageMax), cancellation);

    private static Task Begin(HttpResponse response, long first, CancellationToken cancellation)
    {
        response.Headers[FirstHeader] = first.ToString(CultureInfo.InvariantCulture);
        return StreamedResponse.Begin(response, MediaTypes.Ndjson, cancellation);
    }

    private static void Write(HttpContext http, ReadOnlySpan<byte> line)
    {
        http.Response.BodyWriter.Write(line);
        http.Response.BodyWriter.Write("\n"u8);
    }

    private Task Flush(HttpContext http, CancellationToken cancellation) =>
        StreamedResponse.Flush(http, options, time, cancellation);
}
