using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Jobtree.Monitoring.Preview;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Jobtree.Monitoring.Tests.Preview;

/// <summary>The preview serves its page and passes on only what reads series, to callers of this machine.</summary>
public sealed class PreviewTests : IAsyncLifetime
{
    private readonly List<string> asked = [];
    private WebApplication prometheus = null!;
    private WebApplication preview = null!;
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        prometheus = builder.Build();
        prometheus.Run(context =>
        {
            asked.Add(context.Request.Path + context.Request.QueryString);
            return context.Response.WriteAsync("""{"status":"success","data":[]}""");
        });
        await prometheus.StartAsync();
        await Start(new Uri(PreviewServer.AddressOf(prometheus)));
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await preview.DisposeAsync();
        await prometheus.DisposeAsync();
    }

    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/page/page.js", "text/javascript")]
    [InlineData("/page/page.css", "text/css")]
    [InlineData("/settings", "application/json")]
    public async Task The_page_is_served(string path, string type)
    {
        var answer = await client.GetAsync(path);
        Assert.Equal((HttpStatusCode.OK, type), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task All_dashboards_are_served_as_they_are_shipped()
    {
        var served = JsonNode.Parse(await client.GetStringAsync("/dashboards"))!.AsArray();
        var repository = Sources.Repository();
        var shipped = repository.List("dashboards", ".json").Select(path => JsonNode.Parse(repository.Read(path))!);
        Assert.Equal(
            shipped.Select(dashboard => dashboard.ToJsonString()).Order(),
            served.Select(dashboard => dashboard!.ToJsonString()).Order());
    }

    [Theory]
    [InlineData("/api/v1/query?query=up")]
    [InlineData("/api/v1/query_range?query=sum(up)&start=1&end=2&step=1")]
    [InlineData("/api/v1/label/job/values?match%5B%5D=up")]
    public async Task Queries_that_read_series_pass(string path)
    {
        Assert.Contains("success", await client.GetStringAsync(path));
        Assert.Equal([path], asked);
    }

    [Theory]
    [InlineData("GET", "/api/v1/status/config")]
    [InlineData("GET", "/api/v1/label/a-b/values")]
    [InlineData("GET", "/page/../Program.cs")]
    [InlineData("POST", "/api/v1/admin/tsdb/delete_series?match[]=up")]
    [InlineData("POST", "/api/v1/query")]
    public async Task Everything_else_does_not(string method, string path)
    {
        var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.True(answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed);
        Assert.Empty(asked);
    }

    [Fact]
    public async Task A_request_to_another_name_is_refused()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/query?query=up");
        request.Headers.Host = "metrics.example";
        Assert.Equal(HttpStatusCode.Forbidden, (await client.SendAsync(request)).StatusCode);
        Assert.Empty(asked);
    }

    [Fact]
    public async Task A_Prometheus_that_does_not_answer_is_named()
    {
        var address = new Uri(PreviewServer.AddressOf(prometheus));
        await prometheus.StopAsync();
        var answer = await client.GetAsync("/api/v1/query?query=up");
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        var body = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
        Assert.StartsWith($"{address} does not answer", body.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("--prometheus=localhost:9090", "--prometheus takes a URL")]
    [InlineData("--prometheus=http://user:secret@localhost", "--prometheus takes no password")]
    [InlineData("--port=70000", "--port is from 0 to 65535.")]
    [InlineData("--scrape-interval=0", "--scrape-interval is from 1 to 3600.")]
    public void A_wrong_option_is_named(string option, string problem) =>
        Assert.StartsWith(problem, Assert.Single(PreviewCommand.Make().Parse([option]).Errors).Message);

    [Fact]
    public async Task The_page_fills_queries_as_Grafana_does()
    {
        Assert.SkipWhen(Programs.Find("node") is null, "node is not installed");
        var page = Path.Combine(Sources.Root, "src/Jobtree.Monitoring/Preview/Page");
        var script = Path.Combine(Sources.Root, "tests/Jobtree.Monitoring.Tests/Preview/page.mjs");
        Assert.Equal("", await Programs.Run("node", ["--no-warnings", script, page]));
    }

    private async Task Start(Uri upstream)
    {
        preview = PreviewServer.Make(upstream, port: 0, scrapeIntervalSeconds: 15);
        await preview.StartAsync();
        client = new HttpClient { BaseAddress = new Uri(PreviewServer.AddressOf(preview)) };
    }
}
