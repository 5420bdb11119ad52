using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
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
        http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false,
            UseCookies = false }) { BaseAddress = address, Timeout = Patience };
        if (token is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public async Task<HttpStatusCode> Post(string path, string json, string operation)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.Add("Idempotency-Key", operation);
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }

    public Task<HttpResponseMessage> Send(HttpRequestMessage request) => http.SendAsync(request);

    public Task<JsonElement> Get(string path) => http.GetFromJsonAsync<JsonElement>(path);

    public Task<string> Text(string path) => http.GetStringAsync(path);

    public async Task<HttpStatusCode> Status(string path)
    {
        using var response = await http.GetAsync(path);
        return response.StatusCode;
    }

    /// <summary>The ledger of each flavor by its head, from an audit that must find nothing.</summary>
    public async Task<string> Heads()
    {
        var report = await Get("/v1/audit");
        Assert.Equal(0, report.GetProperty("violations").GetArrayLength());
        return report.GetProperty("heads").GetRawText();
    }

    /// <summary>Asks again until an answer is as wanted; the test's patience ends it.</summary>
    public async Task Until(string path, Func<JsonElement, bool> wanted)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!wanted(await Get(path)))
            await Task.Delay(TimeSpan.FromMilliseconds(100), patience.Token);
    }

    public void Dispose() => http.Dispose();
}
