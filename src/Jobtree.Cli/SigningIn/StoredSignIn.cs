using System.Text.Json.Serialization;

namespace Jobtree.Cli.SigningIn;

/// <summary>A sign-in, as it is kept on this machine.</summary>
/// <param name="Server">The only server that the token is sent to.</param>
/// <param name="Issuer">Who signed the token, and renews it.</param>
/// <param name="Audience">Whom it is for.</param>
/// <param name="ClientId">As which client it was asked for.</param>
/// <param name="Token">The token.</param>
/// <param name="Expires">When it ends.</param>
/// <param name="RefreshToken">What gets the next one; absent: nothing does.</param>
internal sealed record StoredSignIn(
    Uri Server, Uri Issuer, string Audience, string ClientId, string Token, DateTimeOffset Expires,
    string? RefreshToken = null);

/// <summary>How a sign-in is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(StoredSignIn))]
internal sealed partial class SignInJson : JsonSerializerContext;
