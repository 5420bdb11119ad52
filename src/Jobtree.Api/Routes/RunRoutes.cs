using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Jobtree.Actors.Operations;
using Jobtree.Api.Access;
using Jobtree.Api.Contract;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;
using Jobtree.Api.Watching;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Api.Routes;

/// <summary>Runs: list, watch, get and commands.</summary>
internal sealed class RunRoutes(
    IOperations operations, ManifestAccess visibility, CallerAccess access, RunWatch watch)
{
    private const string Tag = "Runs";
    private const string Path = "/v1/runs/{namespace}/{name}";

    private static readonly IReadOnlyList<QueryParameter> ListQuery =
    [
        new("namespace", "Only this namespace."),
        new("name", "Only this run name."),
        new("owner", "Only runs of this owner and those below it."),
        new("flavor", "Only this flavor."),
        QueryParameter.Of<RunPhase>("phase", "Only this phase."),
        ..Paging.Query,
        new("watch", "Answer with a stream of server-sent events, one for each change, instead of a list.", "boolean"),
        new("after",
            "With watch: only changes after this version; a list has one. Absent: begin with the present state of " +
            "each run.", "integer"),
    ];

    private static readonly IReadOnlyList<QueryParameter> HistoryParameters =
    [
        new("namespace", "Only this namespace."),
        new("name", "Only this run name: one item for each of its submissions."),
        new("owner", "Only runs of this owner and those below it."),
        new("flavor", "Only this flavor."),
        QueryParameter.Of<RunPhase>("phase", "Only runs that ended in this phase: Completed or Failed."),
        new("from", "Only runs that ended at this instant or later, in RFC 3339."),
        new("to", "Only runs that ended before this instant."),
        ..Paging.Query,
    ];

    public IEnumerable<ApiRoute> All() =>
    [
        new("GET", "/v1/runs", Tag, "List or watch runs", List) { Query = ListQuery, Answer = "RunPage",
            IsStream = static query => query.Flag("watch") },
        new("GET", Path, Tag, "Read a run with its full status", Get) { Answer = "Run" },
        new("GET", "/v1/history", Tag, "List the runs that ended, the last to end first", History)
        {
            Description = "Every submission once, also those that the list of runs has forgotten. A run may be " +
                "missing for about a second after its end.",
            Query = HistoryParameters, Answer = "RunPage",
        },
        new("POST", Path + "/cancel", Tag, "Cancel a run, waiting or running", Cancel) { Role = Role.Submitter,
            Answer = "Run" },
        new("POST", Path + "/hold", Tag, "Hold a waiting run back: it leaves the queue and keeps its place", Hold)
        {
            Role = Role.Submitter, Body = "HoldRequest", Answer = "Run",
        },
        new("POST", Path + "/release", Tag, "Let a held run go on", Release) { Role = Role.Submitter,
            Answer = "Run" },
        new("POST", Path + "/complete", Tag, "Report the end of a run's workload", Complete) { Role = Role.Submitter,
            Body = "Completion", Answer = "Run" },
        new("POST", Path + "/shrink", Tag, "Shrink an elastic run by whole steps", Shrink)
        {
            Description = "Lowers its desired width. A running one ends its highest groups at once.",
            Role = Role.Submitter, Body = "ShrinkRequest", Answer = "Run",
        },
        new("POST", Path + "/sponsors", Tag, "Add a sponsor to a waiting run, and allow it to borrow", AddSponsor)
        {
            Role = Role.Submitter, Body = "SponsorRequest", Answer = "Run",
        },
        new("GET", Path + "/explain", Tag, "Explain where a run is, why not further, and what would start it sooner",
            Explain) { Answer = "Explanation" },
        new("GET", Path + "/plan", Tag, "What admission would do now with a run that waits or is reserved",
            Plan) { Answer = "Plan" },
    ];

    private async Task<Reply> List(ApiRequest request)
    {
        var query = request.Query;
        var runs = new RunQuery
        {
            Namespace = query.Text("namespace"),
            Name = query.Text("name"),
            Owner = query.Owner("owner"),
            Flavor = query.Text("flavor"),
            Phase = query.Word<RunPhase>("phase"),
            Limit = query.Limit(),
            Continue = query.Text("continue"),
        };
        var watching = query.Flag("watch");
        var after = watching ? query.Version("after", request.Http.Request.Headers["Last-Event-ID"]) : null;
        if (query.Problem is { } problem)
            return problem;
        return watching
            ? await watch.Stream(request.Http, request.Caller, access.For(request), runs, after)
            : Reply.From(await access.For(request).ListRuns(runs, request.Cancellation), Answers.Page);
    }

    private async Task<Reply> History(ApiRequest request)
    {
        var query = new HistoryQuery
        {
            Namespace = request.Query.Text("namespace"),
            Name = request.Query.Text("name"),
            Owner = request.Query.Owner("owner"),
            Flavor = request.Query.Text("flavor"),
            Phase = request.Query.Word<RunPhase>("phase"),
            From = request.Query.Instant("from"),
            To = request.Query.Instant("to"),
            Limit = request.Query.Limit(),
            Continue = request.Query.Text("continue"),
        };
        return request.Query.Problem is { } problem ? problem
            : Reply.From(await access.For(request).ListHistory(query, request.Cancellation), Answers.Page);
    }

    private Task<Reply> Get(ApiRequest request) =>
        OnRun(request, static (fleet, run, request) => fleet.GetRun(run, request.Cancellation));

    private Task<Reply> Cancel(ApiRequest request) => OnRun(request, static (fleet, run, request) =>
        fleet.CancelRun(run, request.ScopedOperation, request.Cancellation));

    private async Task<Reply> Hold(ApiRequest request)
    {
        var (body, problem) = await RequestObject.Read(request, ContractJson.Default.HoldRequest);
        return body is null ? problem! : await OnRun(request, (fleet, run, request) =>
            fleet.HoldRun(run, body.Reason, request.ScopedOperation, request.Cancellation));
    }

    private Task<Reply> Release(ApiRequest request) => OnRun(request, static (fleet, run, request) =>
        fleet.ReleaseRun(run, request.ScopedOperation, request.Cancellation));

    private async Task<Reply> Complete(ApiRequest request)
    {
        var (body, problem) = await RequestObject.Read(request, ContractJson.Default.Completion);
        return body is null ? problem! : await OnRun(request, (fleet, run, request) => fleet.CompleteRun(
            run, body.Succeeded, body.Message, request.ScopedOperation, body.Attempt, request.Cancellation));
    }

    private async Task<Reply> AddSponsor(ApiRequest request)
    {
        var (body, problem) = await RequestObject.Read(request, ContractJson.Default.SponsorRequest);
        if (body is null)
            return problem!;
        if (!OwnerPaths.IsPath(body.Sponsor))
            return new ApiProblem(ProblemKind.Invalid, $"sponsor: not an owner; {OwnerPaths.Allowed}.");
        return await OnRun(request, (fleet, run, request) =>
            fleet.AddSponsor(run, body.Sponsor, request.ScopedOperation, request.Cancellation));
    }

    private async Task<Reply> Shrink(ApiRequest request)
    {
        var (body, problem) = await RequestObject.Read(request, ContractJson.Default.ShrinkRequest);
        return body is null ? problem! : await OnRun(request, (fleet, run, request) =>
            fleet.ShrinkRun(run, body.Gpus, request.ScopedOperation, request.Cancellation));
    }

    private async Task<Reply> Explain(ApiRequest request) =>
        !request.TryRun(out var run, out var wrong) ? wrong : Reply.From(
            await access.For(request).ExplainRun(run, request.Cancellation), OperationsJson.Default.Explanation);

    private async Task<Reply> Plan(ApiRequest request)
    {
        if (!request.TryRun(out var run, out var wrong))
            return wrong;
        if (await visibility.Visible(request.Caller, run, request.Cancellation) is { } hidden)
            return hidden;
        return (await operations.GetRun(run, request.Cancellation)).Succeeded(out var manifest, out var missing)
            ? Reply.From(await operations.PlanRun(manifest, request.Cancellation), OperationsJson.Default.Plan)
            : missing;
    }

    private async Task<Reply> OnRun(
        ApiRequest request, Func<CallerOperations, RunKey, ApiRequest, Task<Result<RunManifest>>> operation) =>
        !request.TryRun(out var run, out var wrong) ? wrong
            : Reply.From(await operation(access.For(request), run, request), Answers.Document);
}
