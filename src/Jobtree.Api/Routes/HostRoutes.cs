using System.Text;
using Jobtree.Api.Observing;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;
using Jobtree.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Routes;

/// <summary>What those who run the host ask: is it up, is it ready, how does it do.</summary>
internal sealed class HostRoutes(ApiOptions options, MetricsPage metrics)
{
    private const string Tag = "Host";

    public IEnumerable<ApiRoute> All() =>
    [
        new("GET", "/healthz", Tag, "Whether the process is up", Health) { Role = null, Answer = "Status" },
        new("GET", "/readyz", Tag, "Whether the fleet can be asked", Ready) { Role = null, Answer = "Status" },
        new("GET", "/metrics", Tag, "Metrics in Prometheus' text format", Metrics) { IsLimited = false, Answer = "Text",
            AnswerType = "text/plain" },
    ];

    private Task<Reply> Health(ApiRequest request) => Task.FromResult(
        options.NotAliveBecause() is { } reason ? new ApiProblem(ProblemKind.Unavailable, reason) : Status("ok"));

    private Task<Reply> Ready(ApiRequest request) => Task.FromResult(
        options.NotReadyBecause() is { } reason ? new ApiProblem(ProblemKind.Unavailable, reason) : Status("ready"));

    private async Task<Reply> Metrics(ApiRequest request)
    {
        var page = await metrics.Write(request.Cancellation);
        request.Http.Response.ContentType = PrometheusText.ContentType;
        await request.Http.Response.WriteAsync(page, Encoding.UTF8, request.Cancellation);
        return Reply.Written;
    }

    private static Reply Status(string status) => Reply.Json(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("status", status);
        writer.WriteEndObject();
    });
}
