using System.Diagnostics;
using Jobtree.Api.Auditing;
using Jobtree.Api.Problems;
using Jobtree.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Jobtree.Api.Requests;

/// <summary>
/// Wraps every request: safe headers, the gate, a problem document for every failure, and the duration.
/// </summary>
internal sealed partial class OuterLayer(
    RequestDelegate next, Gate gate, AuditTrail audit, FleetMetrics metrics, TimeProvider time,
    ILogger<OuterLayer> logger)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var began = time.GetTimestamp();
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        try
        {
            if (gate.Refusal(http.Request) is { } refused)
            {
                await audit.Refused(AuditSource.Of(http), null, refused);
                await ProblemWriter.Write(http, refused);
            }
            else
            {
                await next(http);
                if (http.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null } response)
                    await ProblemWriter.Write(http, ApiProblem.From(response.StatusCode, http.Request));
            }
        }
        catch (Exception e)
        {
            await Fail(http, e);
        }

        if (Activity.Current is { IsAllDataRequested: true } span)
            Describe(span, http);
        if (http.Response.ContentType != MediaTypes.EventStream)
            metrics.Answered(Pattern(http), Method(http.Request.Method), http.Response.StatusCode,
                time.GetElapsedTime(began));
    }

    private async Task Fail(HttpContext http, Exception e)
    {
        if (http.RequestAborted.IsCancellationRequested)
            return;
        var status = e is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError;
        if (status >= 500)
        {
            metrics.Failed("api", e.GetType().Name);
            Broken(e, http.Request.Method, Pattern(http));
        }

        if (http.Response.HasStarted)
        {
            // Part of the response was already sent. Aborting the connection is the only way left to signal that it is
            // incomplete.
            http.Abort();
            return;
        }

        var allow = http.Response.Headers.Allow;
        http.Response.Clear();
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.Allow = allow;
        await ProblemWriter.Write(http, ApiProblem.From(status, http.Request));
    }

    /// <summary>Names the server's span by method and route, as the standard for traces has it.</summary>
    private static void Describe(Activity span, HttpContext http)
    {
        var route = Pattern(http);
        span.DisplayName = $"{Method(http.Request.Method)} {route}";
        span.SetTag("http.route", route).SetTag("http.response.status_code", http.Response.StatusCode);
        if (http.Response.StatusCode >= StatusCodes.Status500InternalServerError)
            span.SetStatus(ActivityStatusCode.Error);
    }

    // Metric labels are bounded: the route pattern instead of the path, and only existing methods.
    private static string Pattern(HttpContext http) =>
        (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "none";

    private static string Method(string method) => method is "GET" or "POST" or "DELETE" ? method : "other";

    [LoggerMessage(1, LogLevel.Error, "The request {Method} {Route} failed.")]
    private partial void Broken(Exception exception, string method, string route);
}
