using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Jobtree.Actors.Operations;

namespace Jobtree.Cli.Http;

/// <summary>
/// Sends requests to one API server. A transport failure is a problem with code Unavailable: the outcome of the request
/// is unknown.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private const int ResponseBytesMax = 256 * 1024 * 1024;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(60);

    private readonly HttpClient client;
    private readonly Uri address;
    private readonly Credential credential;

    /// <summary>Prepares a connection without sending anything.</summary>
    /// <param name="address">The server, ending in a slash.</param>
    /// <param name="credential">The bearer token.</param>
    public HttpConnection(Uri address, Credential credential)
    {
        (this.address, this.credential) = (address, credential);
        // A redirect would send the token to another server. A proxy must not be used between this machine and itself.
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseCookies = false, UseProxy = !address.IsLoopback,
                ConnectTimeout = ConnectTimeout,
        };
        client = new HttpClient(handler) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("kubectl-runs", "1"));
    }

    /// <summary>Where the bearer token comes from; absent: there is none.</summary>
    public string? TokenSource => credential.Source;

    /// <summary>Sends a request and reads the whole JSON response.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="path">The path relative to the server's address, without a leading slash.</param>
    /// <param name="operation">The command's id, for requests that change state.</param>
    /// <param name="content">The body, or none.</param>
    /// <param name="read">Converts the response to a value. A <see cref="JsonException"/> is reported as a response
    /// that cannot be understood.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <param name="traceParent">The trace of the request, if any; an invalid value is not sent.</param>
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
            if (!(await Begin(method, path, operation, content, timeout.Token, traceParent: traceParent)).Succeeded(
                out var response, out var problem))
                return problem;
            using var disposed = response;
            await response.Content.LoadIntoBufferAsync(ResponseBytesMax, timeout.Token);
            if (!response.IsSuccessStatusCode)
                return await Refusal(response, timeout.Token);
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

    /// <summary>
    /// Sends a GET and returns once the response headers have arrived. The caller disposes the response.
    /// </summary>
    /// <param name="path">The path relative to the server's address.</param>
    /// <param name="accept">The requested media type.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<Result<HttpResponseMessage>> Open(string path, string accept, CancellationToken cancellation)
    {
        try
        {
            if (!(await Begin(HttpMethod.Get, path, null, null, cancellation, accept)).Succeeded(
                out var response, out var problem))
                return problem;
            if (response.IsSuccessStatusCode)
                return response;
            using (response)
            {
                await response.Content.LoadIntoBufferAsync(HttpProblem.BytesMax, cancellation);
                return await Refusal(response, cancellation);
            }
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            return Unreachable(exception);
        }
    }

    /// <summary>Whether an exception means a connection failure rather than a bug in this program.</summary>
    public static bool IsBroken(Exception exception) =>
        exception is HttpRequestException or IOException or SocketException;

    public void Dispose() => client.Dispose();

    private Problem Unreachable(Exception exception) =>
        new(ProblemCode.Unavailable, $"{address} cannot be reached: {(exception.InnerException ?? exception).Message}");

    private async Task<Problem> Refusal(HttpResponseMessage response, CancellationToken cancellation)
    {
        var problem = await HttpProblem.Read(response, cancellation);
        return response.StatusCode == HttpStatusCode.Unauthorized && credential.Remedy is { } remedy
            ? problem with { Errors = [.. problem.Errors ?? [], remedy] } : problem;
    }

    private async Task<Result<HttpResponseMessage>> Begin(
        HttpMethod method,
        string path,
        string? operation,
        HttpContent? content,
        CancellationToken cancellation,
        string accept = "application/json",
        string? traceParent = null)
    {
        var found = await credential.Find(cancellation);
        if (found.Problem is { } noToken)
            return noToken;
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (found.Value is { } token)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Accept.ParseAdd(accept);
        if (operation is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", operation);
        if (TraceParent.Read(traceParent ?? Activity.Current?.Id) is { } trace)
            request.Headers.TryAddWithoutValidation(TraceParent.Header, trace);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }
}
