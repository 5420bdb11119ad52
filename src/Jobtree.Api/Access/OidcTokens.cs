using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Jobtree.Api.Access;

/// <summary>
/// Accepts the tokens of an issuer. Its keys are read when the first token comes, again every hour, and when a token
/// names a key that is not known, as after a rotation; while they cannot be read, those known before hold.
/// </summary>
internal sealed partial class OidcTokens : IDisposable
{
    /// <summary>The beginning of the names of bearers: none of the token file has a colon.</summary>
    public const string NamePrefix = "oidc:";

    private const int TokenLengthMax = 8 * 1024;
    private const int AnswerBytesMax = 1 << 20;
    private const int SubjectLengthMax = 128;
    private const int OwnersMax = 64;
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ReadKeysEvery = TimeSpan.FromHours(1);

    private readonly OidcOptions options;
    private readonly ILogger logger;
    private readonly HttpClient http;
    private readonly ConfigurationManager<OpenIdConnectConfiguration> keys;
    private readonly JsonWebTokenHandler handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes =
        TokenLengthMax };
    private readonly TokenValidationParameters rules;
    private int cannotReadKeys;

    public OidcTokens(
        OidcOptions options, TimeProvider time, TimeSpan refresh, TimeSpan timeout, ILogger<OidcTokens> logger)
    {
        (this.options, this.logger) = (options, logger);
        http = NewClient(timeout);
        var issuer = options.Issuer.AbsoluteUri.TrimEnd('/');
        keys = new ConfigurationManager<OpenIdConnectConfiguration>(
            $"{issuer}/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever(),
            new HttpDocumentRetriever(http) { RequireHttps = options.Issuer.Scheme == Uri.UriSchemeHttps })
        {
            AutomaticRefreshInterval = ReadKeysEvery,
            RefreshInterval = refresh,
            // A key that the issuer has taken back is not accepted any more.
            UseLastKnownGoodConfiguration = false,
        };
        rules = new TokenValidationParameters
        {
            // With or without a slash at the end: issuers differ from their own documents in that.
            ValidIssuers = [issuer, issuer + "/"],
            ValidAudience = options.Audience,
            ConfigurationManager = keys,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            ValidAlgorithms =
            [
                SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
                SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384,
                SecurityAlgorithms.RsaSsaPssSha512, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384,
                SecurityAlgorithms.EcdsaSha512,
            ],
            LifetimeValidator = (from, to, _, _) =>
                (from is null || Utc(from.Value) - ClockSkew <= time.GetUtcNow())
                && to is not null && time.GetUtcNow() < Utc(to.Value) + ClockSkew,
        };
    }

    /// <summary>A client that asks an issuer, within limits on size and time and without following redirects.</summary>
    public static HttpClient NewClient(TimeSpan timeout) => new(
        new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = timeout, MaxResponseContentBufferSize = AnswerBytesMax,
    };

    /// <summary>The caller of a token; null: it is not accepted.</summary>
    /// <exception cref="IssuerUnavailableException">The issuer's keys were never read, and cannot be now.</exception>
    public async ValueTask<Caller?> Find(string token, CancellationToken cancellation) =>
        await Validate(token, rules, cancellation) is { } jwt ? CallerOf(jwt) : null;

    /// <summary>Whether an id token is of one sign-in of a client.</summary>
    /// <param name="token">The token.</param>
    /// <param name="client">The client, for which it must be made.</param>
    /// <param name="nonce">What the sign-in's request had.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="IssuerUnavailableException">The issuer's keys were never read, and cannot be now.</exception>
    public async ValueTask<bool> IsOfSignIn(
        string token, string client, string nonce, CancellationToken cancellation)
    {
        var ofClient = rules.Clone();
        ofClient.ValidAudience = client;
        return await Validate(token, ofClient, cancellation) is { } jwt
            && jwt.TryGetPayloadValue<string>("nonce", out var made) && made == nonce
            && (!jwt.TryGetPayloadValue<string>("azp", out var party) || party == client);
    }

    /// <summary>The issuer's discovery document, with its keys.</summary>
    /// <exception cref="IssuerUnavailableException">It was never read, and cannot be now.</exception>
    public async ValueTask<OpenIdConnectConfiguration> Document(CancellationToken cancellation)
    {
        try
        {
            var document = await keys.GetConfigurationAsync(cancellation);
            Interlocked.Exchange(ref cannotReadKeys, 0);
            return document;
        }
        catch (Exception failure) when (failure is InvalidOperationException or IOException or HttpRequestException
            || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            if (Interlocked.Exchange(ref cannotReadKeys, 1) == 0)
                CannotReadKeys(failure, options.Issuer);
            throw new IssuerUnavailableException(failure);
        }
    }

    public void Dispose() => http.Dispose();

    private async ValueTask<JsonWebToken?> Validate(
        string token, TokenValidationParameters expected, CancellationToken cancellation)
    {
        // Three parts: what is not signed by a key of the issuer is not looked at.
        if (token.Length > TokenLengthMax || token.Count('.') != 2)
            return null;
        await Document(cancellation);
        var validated = await handler.ValidateTokenAsync(token, expected);
        if (validated is { IsValid: true, SecurityToken: JsonWebToken jwt })
            return jwt;
        Refused(validated.Exception);
        return null;
    }

    /// <summary>The bearer; null: the token lacks what makes one.</summary>
    private Caller? CallerOf(JsonWebToken token)
    {
        var subject = token.Subject;
        if (string.IsNullOrEmpty(subject) || subject.Length > SubjectLengthMax
            || subject.AsSpan().ContainsAnyExceptInRange('!', '~') || subject.Contains('/', StringComparison.Ordinal))
            return null;
        var owners = Texts(token, options.OwnersClaim);
        var roles = Texts(token, options.RoleClaim).Select(RoleOf).OfType<Role>().ToArray();
        if (owners.Length is 0 or > OwnersMax || roles.Length == 0
            || owners.Any(owner => owner != OwnerPaths.Everyone && !OwnerPaths.IsPath(owner)))
            return null;
        return new Caller(NamePrefix + subject, roles.Max(), owners)
        {
            Expires = Utc(token.ValidTo),
            IsOfIssuer = true,
        };
    }

    private static Role? RoleOf(string word) =>
        Enum.GetValues<Role>().Where(role => role.ToString().Equals(word, StringComparison.OrdinalIgnoreCase))
            .Select(role => (Role?)role).FirstOrDefault();

    private static string[] Texts(JsonWebToken token, string claim) =>
        token.TryGetPayloadValue<string[]>(claim, out var texts) && texts is not null ? texts : [];

    private static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));

    [LoggerMessage(2, LogLevel.Debug, "A token of an issuer is refused.")]
    private partial void Refused(Exception why);

    [LoggerMessage(1, LogLevel.Error, "The keys of the issuer {Issuer} cannot be read; its tokens are not accepted.")]
    private partial void CannotReadKeys(Exception failure, Uri issuer);
}

/// <summary>The issuer of tokens cannot be asked, so nothing can be said of a token or a sign-in.</summary>
/// <param name="cause">Why.</param>
internal sealed class IssuerUnavailableException(Exception cause)
    : Exception("The issuer of tokens cannot be asked now.", cause);
