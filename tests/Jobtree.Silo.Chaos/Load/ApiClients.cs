using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Jobtree.Silo.Chaos.Processes;

namespace Jobtree.Silo.Chaos.Load;

/// <summary>
/// Asks the API of whatever silo, as a client behind a simple load balancer does: of two silos drawn it takes the one
/// with fewer requests under way. A command whose outcome is not known is repeated with the same operation id until it
/// is.
/// </summary>
internal sealed class ApiClients : IDisposable
{
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan RepeatPause = TimeSpan.FromMilliseconds(100);

    private readonly IReadOnlyList<SiloProcess> silos;
    private readonly HttpClient http;
    private readonly int[] underWay;

    /// <param name="silos">The silos.</param>
    /// <param name="token">What they ask for; null: nothing.</param>
    public ApiClients(IReadOnlyList<SiloProcess> silos, string? token)
    {
        this.silos = silos;
        underWay = new int[silos.Count];
        http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2),
            PooledConnectionLifetime = TimeSpan.FromMinutes(1), UseProxy = false }) { Timeout = AnswerPatience };
        if (token is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>How often a request had no definite outcome, by what came instead.</summary>
    public ConcurrentDictionary<string, long> Unknowns { get; } = [];

    /// <summary>Sends a command until its outcome is known.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="body">JSON or YAML; null: none.</param>
    /// <param name="operation">Its id.</param>
    /// <param name="cancellation">Gives up, the outcome unknown.</param>
    public async Task<ApiAnswer> Command(string path, string? body, string operation, CancellationToken cancellation)
    {
        for (var tries = 1; ; tries++)
        {
            var began = Stopwatch.GetTimestamp();
            if (await Send(Draw(), () => Request(path, body, operation), cancellation) is { } answer
                && IsDefinite(answer.Status))
                return new ApiAnswer(answer.Status, answer.Body, began, tries);
            await Task.Delay(RepeatPause, cancellation);
        }
    }

    /// <summary>Sends a command to one silo, once; null: it did not answer.</summary>
    public async Task<(HttpStatusCode Status, string Body)?> Try(
        SiloProcess silo, string path, string body, string operation, CancellationToken cancellation) =>
        await Send(silo.Index - 1, () => Request(path, body, operation), cancellation);

    /// <summary>Reads from any silo; null: it did not answer well.</summary>
    public async Task<string?> Read(string path, CancellationToken cancellation) =>
        await Send(Draw(), () => new HttpRequestMessage(HttpMethod.Get, path),
            cancellation) is { Status: HttpStatusCode.OK } answer ? answer.Body : null;

    /// <summary>Asks one silo; null: it did not answer.</summary>
    public async Task<(HttpStatusCode Status, string Body)?> Ask(
        SiloProcess silo, string path, CancellationToken cancellation) =>
        await Send(silo.Index - 1, () => new HttpRequestMessage(HttpMethod.Get, path), cancellation);

    public void Dispose() => http.Dispose();

    // A bound that was reached is definite too, but says to come again.
    private static bool IsDefinite(HttpStatusCode status) => (int)status is >= 200 and < 500 and not (408 or 429);

    private static HttpRequestMessage Request(string path, string? body, string operation)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Add("Idempotency-Key", operation);
        if (body is not null)
            request.Content = new StringContent(
                body, Encoding.UTF8, body.StartsWith('{') ? "application/json" : "application/yaml");
        return request;
    }

    private int Draw()
    {
        var (one, other) = (Random.Shared.Next(silos.Count), Random.Shared.Next(silos.Count));
        return Volatile.Read(ref underWay[one]) <= Volatile.Read(ref underWay[other]) ? one : other;
    }

    private async Task<(HttpStatusCode Status, string Body)?> Send(
        int silo, Func<HttpRequestMessage> make, CancellationToken cancellation)
    {
        Interlocked.Increment(ref underWay[silo]);
        try
        {
            using var request = make();
            request.RequestUri = new Uri(silos[silo].Address, request.RequestUri!);
            using var response = await http.SendAsync(request, cancellation);
            var body = await response.Content.ReadAsStringAsync(cancellation);
            if (!IsDefinite(response.StatusCode))
                Count($"{(int)response.StatusCode}");
            return (response.StatusCode, body);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException
            || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            Count(failure is OperationCanceledException ? "no answer in time" : "connection failed");
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref underWay[silo]);
        }
    }

    private void Count(string what) => Unknowns.AddOrUpdate(what, 1, static (_, count) => count + 1);
}
