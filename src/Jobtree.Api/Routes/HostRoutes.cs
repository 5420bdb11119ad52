using Jobtree.Api.Observing;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;

namespace Jobtree.Api.Routes;

/// <summary>Probes and metrics for the operators of the host.</summary>
internal sealed class HostRoutes(ApiOptions options, FleetSeries fleet, IMetricsPage? page)
{
    private const string Tag = "Host";
    private const string OpenMetrics = "application/openmetrics-text";

    public IEnumerable<ApiRoute> All() =>
    [
        new("GET", "/healthz", Tag, "Whether the process is up", Health)
        {
            Role = null, IsLimited = false, Answer = "Status",
        },
        new("GET", "/readyz", Tag, "Whether the fleet can be asked", Ready)
        {
            Role = null, IsLimited = false, Answer = "Status",
        },
        new("GET", "/metrics", Tag, "Metrics in Prometheus' text format or OpenMetrics", Metrics)
        {
            IsLimited = false, Answer = "Text", AnswerType = "text/plain", OtherAnswerType = OpenMetrics,
        },
    ];

    private Task<Reply> Health(ApiRequest request) => Task.FromResult(
        options.NotAliveBecause() is { } reason ? new ApiProblem(ProblemKind.Unavailable, reason) : Status("ok"));

    private Task<Reply> Ready(ApiRequest request) => Task.FromResult(
        options.NotReadyBecause() is { } reason ? new ApiProblem(ProblemKind.Unavailable, reason) : Status("ready"));

    private async Task<Reply> Metrics(ApiRequest request)
    {
        if (page is null)
            return new ApiProblem(ProblemKind.NotFound, "This host shows no metrics.");
        await fleet.Refresh(request.Cancellation);
        await page.Write(request.Http);
        return Reply.Written;
    }

    private static Reply Status(string status) => Reply.Json(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("status", status);
        writer.WriteEndObject();
    });
}
