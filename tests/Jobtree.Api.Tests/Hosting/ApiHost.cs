using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Jobtree.Api.Access;
using Jobtree.Api.Observing;
using Jobtree.Api.Tests.Fleet;
using Jobtree.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Jobtree.Api.Tests.Hosting;

/// <summary>The API on a real socket over a fleet in this process, and a client for it.</summary>
public sealed class ApiHost : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly string? folder;

    private ApiHost(WebApplication app, ScriptedFleet fleet, string? folder)
    {
        this.app = app;
        this.folder = folder;
        Fleet = fleet;
        Address = new Uri(app.Urls.Single());
        Client = new HttpClient { BaseAddress = Address };
    }

    public ScriptedFleet Fleet { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public static Task<ApiHost> Start(Action<WebApplicationBuilder>? configure = null) =>
        Start(options => options, configure);

    public static async Task<ApiHost> Start(
        Func<ApiOptions, ApiOptions> change, Action<WebApplicationBuilder>? configure = null, string? folder = null)
    {
        var fleet = new ScriptedFleet();
        await fleet.Seed();
        var app = JobtreeApi.Create(fleet, change(new ApiOptions { Port = 0, ObserveRuns = false }), builder =>
        {
            builder.Logging.ClearProviders();
            builder.Services.AddMetricsPage();
            configure?.Invoke(builder);
        });
        fleet.Observer.To = new FleetMeter(
            app.Services.GetRequiredService<FleetMetrics>(), TimeProvider.System);
        await app.StartAsync();
        return new ApiHost(app, fleet, folder);
    }

    /// <summary>A host that asks for tokens, and the tokens by name.</summary>
    public static async Task<(ApiHost Host, IReadOnlyDictionary<string, string> Tokens)> StartWithTokens(
        params (string Name, Role Role, string[] Owners)[] tokens)
    {
        var folder = Directory.CreateTempSubdirectory("jobtree-api-").FullName;
        var file = Path.Combine(folder, "tokens.json");
        var made = tokens.ToDictionary(
            token => token.Name, token => TokenFile.Create(file, token.Name, token.Role, token.Owners));
        return (await Start(options => options with { TokenFile = file }, null, folder), made);
    }

    public async Task<Answer> Send(HttpMethod method, string path, string? body = null,
        string contentType = "application/json", string? token = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
            // A large body waits for leave: the server may refuse it unread and close, and a client that is still
            // writing then may not get to read why.
            request.Headers.ExpectContinue = body.Length > 8_000;
        }

        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Client.SendAsync(request);
        return await Answer.From(response);
    }

    public Task<Answer> Get(string path, string? token = null, params (string Name, string Value)[] headers) =>
        Send(HttpMethod.Get, path, null, "", token, headers);

    public Task<Answer> Post(string path, string? body = null, string? token = null,
        string contentType = "application/json", params (string Name, string Value)[] headers) =>
        Send(HttpMethod.Post, path, body, contentType, token, headers);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        Fleet.Dispose();
        if (folder is not null)
            Directory.Delete(folder, recursive: true);
    }
}
