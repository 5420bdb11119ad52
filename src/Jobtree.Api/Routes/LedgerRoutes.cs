using System.Globalization;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Api.Access;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;
using Jobtree.Api.Watching;

namespace Jobtree.Api.Routes;

/// <summary>The ledgers, and what is read from them: events of runs, draws, and use over past intervals.</summary>
internal sealed class LedgerRoutes(CallerAccess access, LedgerStream stream)
{
    private const string Tag = "Ledger";

    private static readonly IReadOnlyList<QueryParameter> StreamQuery =
    [
        new("after", "Only entries after this number; absent: from the first on.", "integer"),
        new("limit", "The most entries; absent: all that there are.", "integer"),
        new("follow", "Keep the stream open, and send each entry as it is written.", "boolean"),
    ];

    private static readonly IReadOnlyList<QueryParameter> UsageParameters =
    [
        new("from", "The first instant that counts, in RFC 3339."),
        new("to", "The first instant that does not count any more; absent: now."),
        QueryParameter.Of<UsageBy>("by", "What to sum by; absent: by envelope."),
        new("owner", "Only use by runs of this owner and those below it."),
        new("flavor", "Only this flavor."),
    ];

    public IEnumerable<ApiRoute> All() =>
    [
        new("GET", "/v1/ledger/{flavor}", Tag, "Read a flavor's ledger, entry by entry as it was written", Read)
        {
            Description = "One entry a line. The SHA-256 of a line, without its line break and in base64, is the " +
                $"member 'previous' of the next one. The header {LedgerStream.FirstHeader} names the first entry " +
                "that is still kept. Needs a token for all owners.",
            Role = Role.Operator, Query = StreamQuery, Answer = "Text", AnswerType = MediaTypes.Ndjson,
            StreamType = MediaTypes.Ndjson, IsStream = static _ => true,
        },
        new("GET", "/v1/ledger/{flavor}/{sequence}/draw", Tag,
            "Repeat the draws of a decision to cut work, and compare", Draw)
        {
            Description = "Needs a token for all owners.", Role = Role.Operator, Answer = "DrawReport",
        },
        new("GET", "/v1/runs/{namespace}/{name}/events", "Runs", "What happened to a run, and who asked for it",
            Events) { Answer = "RunEvents" },
        new("GET", "/v1/usage", "Budgets", "GPU-hours by class over a past interval", Usage)
        {
            Query = UsageParameters, Answer = "UsageReport",
        },
    ];

    private async Task<Reply> Read(ApiRequest request)
    {
        if (!TryFlavor(request, out var flavor, out var wrong))
            return wrong!;
        var after = request.Query.Number("after", 0, long.MaxValue) ?? 0;
        var limit = request.Query.Number("limit", 1, long.MaxValue);
        var follows = request.Query.Flag("follow");
        return request.Query.Problem is { } problem ? problem
            : await stream.Send(request.Http, request.Caller, access.For(request), flavor, after,
                limit ?? long.MaxValue, follows);
    }

    private async Task<Reply> Draw(ApiRequest request)
    {
        if (!TryFlavor(request, out var flavor, out var wrong))
            return wrong!;
        if (!long.TryParse(
            request.PathValue("sequence"), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
            return new ApiProblem(ProblemKind.BadRequest,
                "The path does not name an entry: a whole number from 1.");
        return Reply.From(
            await access.For(request).RepeatDraw(flavor, sequence, request.Cancellation),
            OperationsJson.Default.DrawReport);
    }

    private async Task<Reply> Events(ApiRequest request)
    {
        if (!request.TryRun(out var run, out var wrong))
            return wrong;
        return Reply.From(
            await access.For(request).RunEvents(run, request.Cancellation), OperationsJson.Default.RunEvents);
    }

    private async Task<Reply> Usage(ApiRequest request)
    {
        var query = new UsageQuery
        {
            From = request.Query.Instant("from") ?? DateTimeOffset.UnixEpoch,
            To = request.Query.Instant("to"),
            By = request.Query.Word<UsageBy>("by") ?? UsageBy.Envelope,
            Owner = request.Query.Owner("owner"),
            Flavor = request.Query.Text("flavor"),
        };
        return request.Query.Problem is { } problem ? problem : Reply.From(
            await access.For(request).UsageBetween(query, request.Cancellation), OperationsJson.Default.UsageReport);
    }

    private static bool TryFlavor(ApiRequest request, out string flavor, out ApiProblem? problem)
    {
        flavor = request.PathValue("flavor");
        problem = Names.IsFlavor(flavor) ? null : new ApiProblem(
            ProblemKind.BadRequest, "The path does not name a flavor: letters, digits, '.', '_' and '-'.");
        return problem is null;
    }
}
