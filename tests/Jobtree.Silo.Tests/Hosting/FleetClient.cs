using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Jobtree.Silo.Tests.Hosting;

/// <summary>Speaks to a silo over HTTP as any client does.</summary>
internal sealed class FleetClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient http;

    public FleetClient(Uri address, string? token = null)
    {
        var handler = new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false };
        http = new HttpClient(handler) { BaseAddress = address, Timeout = Patience };
        if (token is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public async Task<HttpStatusCode> Post(string path, string json, string operation)
    {
        using var response = await Send(path, json, operation);
        return response.StatusCode;
    }

    /// <summary>Sends a command, and gives its answer with the body.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body)> Command(string path, object body, string operation)
    {
        using var response = await Send(path, JsonSerializer.Serialize(body), operation);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.Length > 0 ? JsonDocument.Parse(text).RootElement : default);
    }

    public Task<HttpResponseMessage> Send(HttpRequestMessage request) => http.SendAsync(request);

    /// <summary>Reads an answer. A host that is killed in the midst of it has not answered.</summary>
    /// <exception cref="HttpRequestException">There is no answer, or not the whole of it.</exception>
    public async Task<JsonElement> Get(string path) => JsonDocument.Parse(await http.GetStringAsync(path)).RootElement;

    public Task<string> Text(string path) => http.GetStringAsync(path);

    public async Task<HttpStatusCode> Status(string path)
    {
        using var response = await http.GetAsync(path);
        return response.StatusCode;
    }

    /// <summary>All runs, page by page.</summary>
    public Task<IReadOnlyList<JsonElement>> AllRuns() => All("/v1/runs");

    /// <summary>All runs that ended, page by page.</summary>
    public Task<IReadOnlyList<JsonElement>> AllEnded() => All("/v1/history");

    private async Task<IReadOnlyList<JsonElement>> All(string list)
    {
        var runs = new List<JsonElement>();
        for (var path = $"{list}?limit=500"; ;)
        {
            var page = await Get(path);
            runs.AddRange(page.GetProperty("items").EnumerateArray());
            if (!page.TryGetProperty("continue", out var more) || more.GetString() is not { } next)
                return runs;
            path = $"{list}?limit=500&continue={Uri.EscapeDataString(next)}";
        }
    }

    /// <summary>The ledger of each flavor by its head, from an audit that must find nothing.</summary>
    public async Task<string> Heads()
    {
        var report = await Get("/v1/audit");
        Assert.Equal(0, report.GetProperty("violations").GetArrayLength());
        return report.GetProperty("heads").GetRawText();
    }

    /// <summary>Asks again until an answer is as wanted; the test's patience ends it.</summary>
    public Task Until(
        string path, Func<JsonElement, bool> wanted,
        [CallerArgumentExpression(nameof(wanted))] string what = "") =>
        Eventually.Holds(async () => wanted(await Get(path)), Patience, $"{path}: {what}");

    public void Dispose() => http.Dispose();

    private async Task<HttpResponseMessage> Send(string path, string json, string operation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        request.Headers.Add("Idempotency-Key", operation);
        return await http.SendAsync(request);
    }
}
