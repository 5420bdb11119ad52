using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Jobtree.Actors.Operations;

namespace Jobtree.Cli.SigningIn;

/// <summary>What an issuer answered: a JSON object, and whether it is an error.</summary>
/// <param name="IsError">Whether the issuer refused.</param>
/// <param name="Body">The object.</param>
internal sealed record IssuerAnswer(bool IsError, JsonElement Body)
{
    private const int ErrorLengthMax = 64;
    private const int DescriptionLengthMax = 512;

    /// <summary>The code of an error.</summary>
    public string Error => IssuerJson.Text(Body, "error", ErrorLengthMax) ?? "an error without a code";

    /// <summary>An error in the issuer's words.</summary>
    public string Reason => IssuerJson.Text(Body, "error_description", DescriptionLengthMax) is { } description
        ? $"{Error}: {description}" : Error;
}

/// <summary>
/// Asks an issuer of tokens, within limits on size and time and without following redirects. What is sent is in the
/// body, never in the address; what comes back is never part of a message, except an error's words.
/// </summary>
internal sealed class IssuerClient : IDisposable
{
    private const int AnswerBytesMax = 256 * 1024;
    private const int DepthMax = 16;
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    private readonly HttpClient client;

    public IssuerClient(Uri issuer)
    {
        client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseCookies = false, UseProxy = !issuer.IsLoopback,
            // The trace of a command is none of the issuer's business.
            ActivityHeadersPropagator = null,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("kubectl-runs/1");
        client.DefaultRequestHeaders.Accept.ParseAdd("application/json");
    }

    /// <summary>Reads a document.</summary>
    public Task<Result<IssuerAnswer>> Get(Uri address, CancellationToken cancellation) =>
        Send(new HttpRequestMessage(HttpMethod.Get, address), Read, cancellation);

    /// <summary>Sends a form.</summary>
    public Task<Result<IssuerAnswer>> Post(
        Uri address, CancellationToken cancellation, params (string Name, string Value)[] form) =>
        Send(FormTo(address, form), Read, cancellation);

    /// <summary>Sends a form to which the answer is that it was taken, and nothing else.</summary>
    /// <returns>The problem, or none.</returns>
    public async Task<Problem?> Tell(
        Uri address, CancellationToken cancellation, params (string Name, string Value)[] form)
    {
        var sent = await Send(FormTo(address, form), static (response, _) => Task.FromResult<Result<int>>(
            (int)response.StatusCode), cancellation);
        return !sent.Succeeded(out var status, out var problem) ? problem
            : status is >= 200 and < 300 ? null
            : new Problem(ProblemCode.Invalid, $"{address} answered {status}.");
    }

    public void Dispose() => client.Dispose();

    private static HttpRequestMessage FormTo(Uri address, (string Name, string Value)[] form) =>
        new(HttpMethod.Post, address)
        {
            Content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value))),
        };

    private static async Task<Result<IssuerAnswer>> Read(
        HttpResponseMessage response, CancellationToken cancellation)
    {
        await response.Content.LoadIntoBufferAsync(AnswerBytesMax, cancellation);
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        using var document = await JsonDocument.ParseAsync(
            body, new JsonDocumentOptions { MaxDepth = DepthMax }, cancellation);
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? new IssuerAnswer(!response.IsSuccessStatusCode, document.RootElement.Clone())
            : NotUnderstood(response.RequestMessage!.RequestUri!);
    }

    private async Task<Result<T>> Send<T>(HttpRequestMessage request,
        Func<HttpResponseMessage, CancellationToken, Task<Result<T>>> read, CancellationToken cancellation)
    {
        using var disposed = request;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(AnswerTimeout);
        var address = request.RequestUri!;
        try
        {
            using var response = await client.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
            if (response.StatusCode is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError)
                return new Problem(ProblemCode.Unavailable, $"{address} answered {(int)response.StatusCode}.");
            if ((int)response.StatusCode is >= 300 and < 400)
                return new Problem(ProblemCode.Invalid,
                    $"{address} answered with a redirect ({(int)response.StatusCode}), which is not followed.");
            return await read(response, timeout.Token);
        }
        catch (JsonException)
        {
            return NotUnderstood(address);
        }
        catch (HttpRequestException failure) when (
            failure.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            return new Problem(ProblemCode.Invalid,
                $"The answer of {address} is too large: more than {AnswerBytesMax} bytes, or headers beyond measure.");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or SocketException)
        {
            return new Problem(ProblemCode.Unavailable,
                $"{address} cannot be reached: {(failure.InnerException ?? failure).Message}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Problem(ProblemCode.Unavailable,
                $"{address} did not answer within {AnswerTimeout.TotalSeconds:0} s.");
        }
    }

    private static Problem NotUnderstood(Uri address) =>
        new(ProblemCode.Invalid, $"The answer of {address} is not understood: it is no JSON object.");
}
