using System.Net.Http.Json;
using System.Text.Json;
using Jobtree.Bench.Load;
using Jobtree.Manifests;

namespace Jobtree.Bench.Http;

/// <summary>What the benches ask of a host besides what is measured.</summary>
internal sealed class HostFleet(Uri address) : IDisposable
{
    private const int DocumentsPerRequest = 2000;
    private readonly HttpClient client = new() { BaseAddress = address };

    /// <summary>Applies manifests, many to a request.</summary>
    public async Task Apply(IEnumerable<Manifest> manifests)
    {
        foreach (var part in manifests.Chunk(DocumentsPerRequest))
        {
            using var content = new ReadOnlyMemoryContent(RunBodies.Of(part));
            content.Headers.ContentType = new("application/json");
            using var answer = await client.PostAsync(new Uri("v1/manifests", UriKind.Relative), content);
            if (!answer.IsSuccessStatusCode)
                throw new InvalidOperationException(
                    $"The bench's fleet was refused: {await answer.Content.ReadAsStringAsync()}");
        }
    }

    /// <summary>The flavor's view.</summary>
    public Task<JsonElement> Flavor() =>
        client.GetFromJsonAsync<JsonElement>(new Uri($"v1/flavors/{FleetShape.Flavor}", UriKind.Relative));

    /// <summary>Every listed run, page by page.</summary>
    public IAsyncEnumerable<JsonElement> Runs() => All("v1/runs");

    /// <summary>Every run that ended, page by page.</summary>
    public IAsyncEnumerable<JsonElement> Ended() => All("v1/history");

    private async IAsyncEnumerable<JsonElement> All(string list)
    {
        string? next = null;
        do
        {
            var page = await client.GetFromJsonAsync<JsonElement>(
                new Uri($"{list}?limit=1000{(next is null ? "" : $"&continue={Uri.EscapeDataString(next)}")}",
                UriKind.Relative));
            foreach (var run in page.GetProperty("items").EnumerateArray())
                yield return run;
            next = page.TryGetProperty("continue", out var token) ? token.GetString() : null;
        }
        while (next is not null);
    }

    public void Dispose() => client.Dispose();
}
