using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Jobtree.Actors.Operations;

namespace Jobtree.Cli.Http;

/// <summary>
/// Requests to one API server. What goes wrong on the way is a problem with code Unavailable: nobody knows what became
/// of the request.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private const int ResponseBytesMax = 256 * 1024 * 1024;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(60);

    private readonly HttpClient client;
    private readonly Uri address;

    /// <summary>Prepares a connection; nothing is sent yet.</summary>
    /// <param name="address">The server, ending in a slash.</param>
    /// <param name="token">The bearer token, or none.</param>
    public HttpConnection(Uri address, string? token)
    {
        this.address = address;
        // A redirect would carry the token to another server, and a proxy has no business between this machine and
        // itself.
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseCookies = false, UseProxy = !address.IsLoopback,
                ConnectTimeout = ConnectTimeout,
        };
        client = new HttpClient(handler) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("kubectl-runs", "1"));
        if (token is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>Sends a request and reads the whole JSON answer.</summary>
    /// <typeparam name="T">What the answer is turned into.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="path">The path below the server's, without a leading slash.</param>
    /// <param name="operation">The command's id, for requests that change something.</param>
    /// <param name="content">The body, or none.</param>
    /// <param name="read">Turns the answer into a value; a <see cref="JsonException"/> is reported as an answer that is
    /// not understood.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <param name="traceParent">The trace that the request belongs to, if any; what is not one is not sent.</param>
    public async Task<Result<T>> Send<T>(
        HttpMethod method,
        string path,
        string? operation,
        HttpContent? content,
        Func<JsonElement, Result<T>> read,
        CancellationToken cancellation,
        string? traceParent = null)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(AnswerTimeout);
        try
        {
            using var response = await Begin(method, path, operation, content, timeout.Token, traceParent: traceParent);
            await response.Content.LoadIntoBufferAsync(ResponseBytesMax, timeout.Token);
            if (!response.IsSuccessStatusCode)
                return await HttpProblem.Read(response, timeout.Token);
            await using var body = await response.Content.ReadAsStreamAsync(timeout.Token);
            using var document = await JsonDocument.ParseAsync(body, cancellationToken: timeout.Token);
            return read(document.RootElement);
        }
        catch (JsonException exception)
        {
            return new Problem(ProblemCode.Unavailable,
                $"The answer of {address} is not understood: {exception.Message}");
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            return Unreachable(exception);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Problem(ProblemCode.Unavailable,
                $"{address} did not answer within {AnswerTimeout.TotalSeconds:0} s.");
        }
    }

    /// <summary>Sends a GET and returns as soon as the head of the answer is there; the caller disposes it.</summary>
    /// <param name="path">The path below the server's.</param>
    /// <param name="accept">The media type wanted.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<Result<HttpResponseMessage>> Open(string path, string accept, CancellationToken cancellation)
    {
        try
        {
            var response = await Begin(HttpMethod.Get, path, null, null, cancellation, accept);
            if (response.IsSuccessStatusCode)
                return response;
            using (response)
            {
                await response.Content.LoadIntoBufferAsync(HttpProblem.BytesMax, cancellation);
                return await HttpProblem.Read(response, cancellation);
            }
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            return Unreachable(exception);
        }
    }

    /// <summary>Whether an exception means that the connection failed, not this program.</summary>
    public static bool IsBroken(Exception exception) =>
        exception is HttpRequestException or IOException or SocketException;

    public void Dispose() => client.Dispose();

    private Problem Unreachable(Exception exception) =>
        new(ProblemCode.Unavailable, $"{address} cannot be reached: {(exception.InnerException ?? exception).Message}");

    private async Task<HttpResponseMessage> Begin(
        HttpMethod method,
        string path,
        string? operation,
        HttpContent? content,
        CancellationToken cancellation,
        string accept = "application/json",
        string? traceParent = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Accept.ParseAdd(accept);
        if (operation is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", operation);
        if (TraceParent.Read(traceParent) is { } trace)
            request.Headers.TryAddWithoutValidation(TraceParent.Header, trace);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }
}
