using Jobtree.Actors.Operations;
using Jobtree.Actors.Reporting;
using Jobtree.Api.Access;
using Jobtree.Api.Contract;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;

namespace Jobtree.Api.Routes;

/// <summary>Telemetry of workloads and of nodes.</summary>
internal sealed class TelemetryRoutes(CallerAccess access, TimeProvider time)
{
    private const string Tag = "Telemetry";

    public IEnumerable<ApiRoute> All() =>
    [
        new("POST", "/v1/runs/{namespace}/{name}/telemetry", Tag, "Report the telemetry of a running run", ReportRun)
        {
            Description = "Kept in memory only, until the attempt ends. It shows in the run's status and explanation "
                + "and as series of the run.",
            Role = Role.Submitter, Body = "TelemetryReport", Answer = "RunTelemetry", IsAudited = false,
        },
        new("POST", "/v1/nodes/{name}/telemetry", Tag, "Report the usage of a node", ReportNode)
        {
            Description = "Kept in memory only; a value that is not renewed for five minutes is dropped. Needs a "
                + "token for all owners.",
            Role = Role.Operator, Body = "NodeUsage", Answer = "NodeUsage", IsAudited = false,
        },
    ];

    private async Task<Reply> ReportRun(ApiRequest request)
    {
        if (!request.TryRun(out var run, out var wrong))
            return wrong;
        var (body, problem) = await RequestObject.Read(request, ContractJson.Default.TelemetryReport);
        if (body is null)
            return problem!;
        DateTimeOffset? eta = null;
        if (body.Eta is { } text)
        {
            if (!ReportedEta.TryParse(text, time.GetUtcNow(), out var at))
                return new ApiProblem(ProblemKind.Invalid, "The telemetry is not valid; nothing was taken.",
                    [$"eta: not {ReportedEta.Allowed}."]);
            eta = at;
        }
        var report = new WorkloadReport
        {
            Attempt = body.Attempt,
            Epoch = body.Epoch,
            Loss = body.Loss,
            Progress = body.Progress,
            Eta = eta,
            GpuUtilization = body.GpuUtilization,
            GpuMemoryBytes = body.GpuMemoryBytes,
        };
        return Reply.From(
            await access.For(request).ReportRun(run, report, request.Cancellation), ContractJson.Default.RunTelemetry);
    }

    private async Task<Reply> ReportNode(ApiRequest request)
    {
        if (!request.TryName(out var name, out var wrong))
            return wrong;
        var (usage, problem) = await RequestObject.Read(request, ContractJson.Default.NodeUsage);
        return usage is null ? problem! : Reply.From(
            await access.For(request).ReportNode(name, usage, request.Cancellation), ContractJson.Default.NodeUsage);
    }
}
