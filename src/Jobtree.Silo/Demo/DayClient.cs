using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Jobtree.Silo.Demo;

/// <summary>The requests of the day, over HTTP as everybody else sends them.</summary>
internal sealed class DayClient : IDisposable
{
    private const int ConnectionsMax = 32;
    private const int PageBytesMax = 64 * 1024 * 1024;

    /// <summary>How long an answer may take; of a watch, how long until it begins.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient http;

    /// <param name="address">The silo's address.</param>
    /// <param name="token">The bearer token; absent: the silo asks for none.</param>
    public DayClient(Uri address, string? token)
    {
        http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = !address.IsLoopback,
            MaxConnectionsPerServer = ConnectionsMax,
        })
        {
            BaseAddress = address,
            Timeout = Patience,
            MaxResponseContentBufferSize = PageBytesMax,
        };
        if (token is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>Sends a request and reads its answer.</summary>
    /// <param name="path">The path, without a leading slash.</param>
    /// <param name="body">The body of a POST; absent: a GET.</param>
    /// <param name="mediaType">The type of the body.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="HttpRequestException">There was no answer.</exception>
    public async Task<DayAnswer> Send(string path, string? body, string mediaType, CancellationToken cancellation)
    {
        using var content = body is null ? null : new StringContent(body, Encoding.UTF8, mediaType);
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path)
        {
            Content = content,
        };
        using var response = await http.SendAsync(request, cancellation);
        return new DayAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(cancellation));
    }

    /// <summary>The changes of all runs, beginning with the present state of each.</summary>
    public async IAsyncEnumerable<DayRunState> Watch([EnumeratorCancellation] CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "v1/runs?watch=true");
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        response.EnsureSuccessStatusCode();
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellation))
        {
            if (item.EventType == "run")
                yield return DayRunState.Read(item.Data);
        }
    }

    public void Dispose() => http.Dispose();
}

/// <summary>An answer.</summary>
/// <param name="Status">The status.</param>
/// <param name="Text">The body.</param>
internal sealed record DayAnswer(HttpStatusCode Status, string Text)
{
    /// <summary>Whether the request was carried out.</summary>
    public bool Succeeded => (int)Status is >= 200 and < 300;
}

/// <summary>What the player needs to know of a run's state.</summary>
/// <param name="Key">The run: namespace/name.</param>
/// <param name="Phase">Its phase.</param>
/// <param name="Attempt">The number of its last start.</param>
internal readonly record struct DayRunState(string Key, string Phase, int Attempt)
{
    /// <summary>Whether it ended.</summary>
    public bool HasEnded => Phase is "Completed" or "Failed";

    /// <summary>Whether it holds leases.</summary>
    public bool IsRunning => Phase == "Running";

    public static DayRunState Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        var (metadata, status) =
            (document.RootElement.GetProperty("metadata"), document.RootElement.GetProperty("status"));
        return new DayRunState(
            $"{metadata.GetProperty("namespace").GetString()}/{metadata.GetProperty("name").GetString()}",
            status.GetProperty("phase").GetString()!,
            status.TryGetProperty("attempt", out var attempt) ? attempt.GetInt32() : 0);
    }
}
