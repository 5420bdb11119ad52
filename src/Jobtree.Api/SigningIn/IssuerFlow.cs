using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Jobtree.Api.Access;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Jobtree.Api.SigningIn;

/// <summary>
/// Signs a browser in at the issuer of tokens: OpenID Connect's authorization code flow with PKCE. The token that comes
/// of it is judged as one that a program sends.
/// </summary>
/// <param name="options">The issuer.</param>
/// <param name="tokens">Judges its tokens.</param>
/// <param name="timeout">How long it may take for an answer.</param>
/// <param name="logger">Tells the operator what the browser is not told.</param>
internal sealed partial class IssuerFlow(
    OidcOptions options, OidcTokens tokens, TimeSpan timeout, ILogger<IssuerFlow> logger) : IDisposable
{
    /// <summary>The path to which the issuer sends the browser back.</summary>
    public const string CallbackPath = "/sign-in/callback";

    private const string Basic = "client_secret_basic";
    private const string InForm = "client_secret_post";

    private readonly HttpClient http = OidcTokens.NewClient(timeout);
    private readonly string client = options.WebClient
        ?? throw new ArgumentException("There is no client as which a browser could sign in.", nameof(options));

    /// <summary>Where the browser signs in.</summary>
    /// <param name="origin">Where the browser sees this host.</param>
    /// <param name="secret">Ties the sign-in to the browser.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="IssuerUnavailableException">The issuer cannot be asked, or has no such place.</exception>
    public async Task<string> Begin(WebOrigin origin, FlowSecret secret, CancellationToken cancellation)
    {
        var issuer = await tokens.Document(cancellation);
        var place = Endpoint(issuer.AuthorizationEndpoint, "authorization_endpoint");
        var query = Form(
            ("response_type", "code"), ("client_id", client), ("redirect_uri", origin.Text + CallbackPath),
            ("scope", options.Scopes), ("state", secret.State), ("nonce", secret.Nonce),
            ("code_challenge", secret.Challenge), ("code_challenge_method", "S256"));
        return $"{place}{(place.Query.Length > 0 ? '&' : '?')}{await query.ReadAsStringAsync(cancellation)}";
    }

    /// <summary>Whom the issuer has signed in; null: nobody whose token is accepted here.</summary>
    /// <param name="origin">As it was when the sign-in began.</param>
    /// <param name="secret">As it was then.</param>
    /// <param name="code">What the issuer gave the browser.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="IssuerUnavailableException">The issuer does not answer.</exception>
    public async Task<Caller?> Finish(
        WebOrigin origin, FlowSecret secret, string code, CancellationToken cancellation)
    {
        var (access, identity) = await Redeem(origin, secret, code, cancellation);
        // The id token says that the sign-in is this browser's. Who has none could have been given anybody's code.
        if (identity is null || !await tokens.IsOfSignIn(identity, client, secret.Nonce, cancellation))
        {
            NoIdentity(options.Issuer);
            return null;
        }
        // As 'kubectl runs login' has it: the access token if it is for this fleet, else the id token if that is.
        return (access is null ? null : await tokens.Find(access, cancellation))
            ?? await tokens.Find(identity, cancellation);
    }

    /// <summary>Whether an answer's name of the issuer is the right one (RFC 9207); many give none.</summary>
    public bool IsIssuer(string? name) =>
        name is null || name.TrimEnd('/') == options.Issuer.AbsoluteUri.TrimEnd('/');

    public void Dispose() => http.Dispose();

    private async Task<(string? Access, string? Identity)> Redeem(
        WebOrigin origin, FlowSecret secret, string code, CancellationToken cancellation)
    {
        var issuer = await tokens.Document(cancellation);
        try
        {
            using var request = Request(issuer, ("grant_type", "authorization_code"), ("code", code),
                ("redirect_uri", origin.Text + CallbackPath), ("code_verifier", secret.Verifier));
            using var answer = await http.SendAsync(request, cancellation);
            await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
            if ((int)answer.StatusCode >= 500)
                throw new HttpRequestException($"It answered {(int)answer.StatusCode}.");
            if (!answer.IsSuccessStatusCode)
            {
                CodeRefused(options.Issuer, (int)answer.StatusCode);
                return default;
            }
            using var document = await JsonDocument.ParseAsync(body, cancellationToken: cancellation);
            return (Text(document.RootElement, "access_token"), Text(document.RootElement, "id_token"));
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or JsonException
            || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            CannotRedeem(failure, options.Issuer);
            throw new IssuerUnavailableException(failure);
        }
    }

    /// <summary>A question to the token endpoint, as this client: by its secret, if it has one.</summary>
    private HttpRequestMessage Request(OpenIdConnectConfiguration issuer, params (string Name, string Value)[] fields)
    {
        var request = new HttpRequestMessage(
            HttpMethod.Post, Endpoint(issuer.TokenEndpoint, "token_endpoint"));
        var methods = issuer.TokenEndpointAuthMethodsSupported;
        if (options.ReadClientSecret() is not { } password)
            request.Content = Form([.. fields, ("client_id", client)]);
        else if (methods.Contains(InForm) && !methods.Contains(Basic))
            request.Content = Form([.. fields, ("client_id", client), ("client_secret", password)]);
        else
        {
            request.Content = Form(fields);
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(
                Encoding.ASCII.GetBytes($"{Uri.EscapeDataString(client)}:{Uri.EscapeDataString(password)}")));
        }
        return request;
    }

    private Uri Endpoint(string? text, string member) =>
        Uri.TryCreate(text, UriKind.Absolute, out var place) && place.Fragment.Length == 0
        && (place.Scheme == Uri.UriSchemeHttps
            || (place.Scheme == options.Issuer.Scheme && place.IsLoopback == options.Issuer.IsLoopback))
            ? place
            : throw new IssuerUnavailableException(new InvalidOperationException($"It names no {member} to trust."));

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    private static string? Text(JsonElement answer, string member) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(member, out var value)
        && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    [LoggerMessage(1, LogLevel.Error, "The issuer {Issuer} does not tell whom it has signed in.")]
    private partial void CannotRedeem(Exception failure, Uri issuer);

    [LoggerMessage(2, LogLevel.Warning,
        "The issuer {Issuer} answers {Status} to a code of a sign-in: the code was used, has ended or is made up, or "
        + "--oidc-client-id and its secret are not right.")]
    private partial void CodeRefused(Uri issuer, int status);

    [LoggerMessage(3, LogLevel.Warning,
        "The issuer {Issuer} gave no id token for a sign-in that began here: --oidc-scopes must have openid.")]
    private partial void NoIdentity(Uri issuer);
}
