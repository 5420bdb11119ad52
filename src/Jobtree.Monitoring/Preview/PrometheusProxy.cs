using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Monitoring.Preview;

/// <summary>
/// Passes queries of the page on to Prometheus, so that the browser need not be allowed to ask it directly. Only paths
/// that read series pass.
/// </summary>
internal sealed class PrometheusProxy(Uri prometheus)
{
    private const int AnswerBytesMax = 32 * 1024 * 1024;
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(30);

    private static readonly HttpClient Client = new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        Timeout = AnswerWithin,
        MaxResponseContentBufferSize = AnswerBytesMax,
    };

    public void Map(WebApplication server)
    {
        server.MapGet("/api/v1/query", (HttpRequest request) => Pass("query", request));
        server.MapGet("/api/v1/query_range", (HttpRequest request) => Pass("query_range", request));
        server.MapGet("/api/v1/label/{name}/values", (string name, HttpRequest request) => IsLabel(name)
            ? Pass($"label/{name}/values", request)
            : Task.FromResult(Results.NotFound()));
    }

    private static bool IsLabel(string name) => name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');

    private async Task<IResult> Pass(string path, HttpRequest request)
    {
        var target = new Uri($"{prometheus.AbsoluteUri.TrimEnd('/')}/api/v1/{path}{request.QueryString}");
        try
        {
            using var answer = await Client.GetAsync(target, request.HttpContext.RequestAborted);
            return Results.Text(
                await answer.Content.ReadAsStringAsync(), "application/json", statusCode: (int)answer.StatusCode);
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            return Results.Json(
                new { status = "error", error = $"{prometheus} does not answer: {failure.Message}" },
                statusCode: StatusCodes.Status502BadGateway);
        }
    }
}
