using System.Buffers;
using Jobtree.Actors.Ports;
using Jobtree.Api.Access;
using Jobtree.Api.Auditing;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;
using Jobtree.Api.Watching;
using Jobtree.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Jobtree.Api.Routes;

/// <summary>The audit log, for operators of the whole fleet.</summary>
internal sealed class AuditLogRoutes(IAuditStore? store, ApiOptions options, FleetMetrics metrics,
    IHostApplicationLifetime lifetime, TimeProvider time)
{
    private const int PageMax = 1_000;
    private const int ReadersMax = 16;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    private static readonly IReadOnlyList<QueryParameter> Query =
    [
        new("after", "Only entries after this number; absent: from the first on.", "integer"),
        new("limit", "The most entries; absent: all that there are.", "integer"),
        new("from", "Only entries from this instant on, in RFC 3339."),
        new("to", "Only entries before this instant."),
        new("token", "Only entries of the token with this name."),
        new("address", "Only entries of requests from this address."),
        new("target", "Only entries about this, such as 'Run default/train', or 'default/train'."),
        new("refused", "Only refusals: answers with 401 or 403.", "boolean"),
        new("follow", "Keep the stream open, and send each entry as it is written.", "boolean"),
    ];

    private readonly StreamDoor door = new(ReadersMax, $"There are {ReadersMax} readers of the audit log already.",
        "slow-reader", metrics, lifetime);

    public IEnumerable<ApiRoute> All() =>
    [
        new("GET", "/v1/audit-log", "Fleet", "Read who changed what, and who was refused", Read)
        {
            Description = "One entry a line, as it was written. The SHA-256 of a line, without its line break and in "
                + "base64, is the member 'previous' of the next one. The header " + LedgerStream.FirstHeader
                + " names the first entry that is still kept. Needs a token for all owners.",
            Role = Role.Operator, Query = Query, Answer = "Text", AnswerType = MediaTypes.Ndjson,
            StreamType = MediaTypes.Ndjson, IsStream = static _ => true,
        },
    ];

    private async Task<Reply> Read(ApiRequest request)
    {
        if (request.Caller.FleetRefusal("The audit log") is { } refusal)
            return refusal;
        if (store is null)
            return new ApiProblem(ProblemKind.NotFound, "This host keeps no audit log.");
        var filter = new Filter(request.Query.Instant("from"), request.Query.Instant("to"),
            request.Query.Text("token"), request.Query.Text("address"), request.Query.Text("target"),
            request.Query.Flag("refused"));
        var after = request.Query.Number("after", 0, long.MaxValue) ?? 0;
        var limit = request.Query.Number("limit", 1, long.MaxValue) ?? long.MaxValue;
        var follows = request.Query.Flag("follow");
        if (request.Query.Problem is { } problem)
            return problem;
        try
        {
            return await door.Serve(request.Http, request.Caller, cancellation =>
                Send(request.Http, filter, after, limit, follows, cancellation));
        }
        catch (IOException unreadable) when (!request.Http.Response.HasStarted)
        {
            return new ApiProblem(ProblemKind.Unavailable, $"The audit log cannot be read: {unreadable.Message}");
        }
    }

    private async Task<Reply> Send(
        HttpContext http, Filter filter, long after, long limit, bool follows, CancellationToken cancellation)
    {
        var page = await store!.Read(after, PageMax, cancellation);
        http.Response.Headers[LedgerStream.FirstHeader] =
            page.First.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await StreamedResponse.Begin(http.Response, MediaTypes.Ndjson, cancellation);
        for (var heard = time.GetTimestamp(); ; page = await store.Read(after, PageMax, cancellation))
        {
            foreach (var line in page.Entries)
            {
                after = line.Sequence;
                if (!filter.Takes(line))
                    continue;
                Write(http, line.Bytes);
                heard = time.GetTimestamp();
                if (--limit == 0)
                    break;
            }
            if (page.Entries.Count == 0 && time.GetElapsedTime(heard) >= options.Heartbeat)
            {
                // An empty line is no entry; it shows that the stream is alive.
                Write(http, []);
                heard = time.GetTimestamp();
            }
            await StreamedResponse.Flush(http, options, time, cancellation);
            if (limit == 0 || (page.Entries.Count == 0 && !follows))
                return Reply.Written;
            if (page.Entries.Count == 0)
                await Task.Delay(LookEvery, time, cancellation);
        }
    }

    private static void Write(HttpContext http, ReadOnlySpan<byte> line)
    {
        http.Response.BodyWriter.Write(line);
        http.Response.BodyWriter.Write("\n"u8);
    }

    private sealed record Filter(DateTimeOffset? From, DateTimeOffset? To, string? Token, string? Address,
        string? Target, bool Refused)
    {
        private readonly bool takesAll = From is null && To is null && Token is null && Address is null
            && Target is null && !Refused;

        public bool Takes(LedgerRecord line)
        {
            if (takesAll)
                return true;
            var entry = AuditChain.Read(line.Bytes);
            return (From is null || entry.At >= From) && (To is null || entry.At < To)
                && (Token is null || entry.Token == Token) && (Address is null || entry.Address == Address)
                && (Target is null || entry.Target == Target
                    || entry.Target?.EndsWith($" {Target}", StringComparison.Ordinal) == true)
                && (!Refused || entry.Status is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden);
        }
    }
}
