using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Jobtree.Silo.Tests.Hosting;

/// <summary>Speaks to a host over HTTP as any client does.</summary>
internal sealed class Client(Uri address) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) };

    public async Task<(HttpStatusCode Status, JsonElement Body)> Post(string path, object body, string operation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(
            JsonSerializer.Serialize(body), Encoding.UTF8, "application/json") };
        request.Headers.Add("Idempotency-Key", operation);
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.Length > 0 ? JsonDocument.Parse(text).RootElement : default);
    }

    public async Task<JsonElement> Get(string path) => await http.GetFromJsonAsync<JsonElement>(path);

    public Task<string> Text(string path) => http.GetStringAsync(path);

    public async Task<HttpStatusCode> Status(string path)
    {
        using var response = await http.GetAsync(path);
        return response.StatusCode;
    }

    public async Task<List<JsonElement>> AllRuns()
    {
        var runs = new List<JsonElement>();
        for (string? next = null; ;)
        {
            var page = await Get(
                $"/v1/runs?limit=500{(next is null ? "" : $"&continue={Uri.EscapeDataString(next)}")}");
            runs.AddRange(page.GetProperty("items").EnumerateArray());
            if (!page.TryGetProperty("continue", out var more) || more.ValueKind == JsonValueKind.Null)
                return runs;
            next = more.GetString();
        }
    }

    public void Dispose() => http.Dispose();
}
