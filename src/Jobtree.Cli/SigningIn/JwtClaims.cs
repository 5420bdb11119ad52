using System.Buffers.Text;
using System.Text.Json;

namespace Jobtree.Cli.SigningIn;

/// <summary>
/// What a JWT says of itself, unverified: enough to pick the token that the server will verify.
/// </summary>
/// <param name="Audiences">Whom it is for.</param>
/// <param name="Expires">When it ends.</param>
internal sealed record JwtClaims(IReadOnlyList<string> Audiences, DateTimeOffset Expires)
{
    private const int AudiencesMax = 64;

    /// <summary>Reads the claims; null: it is no JWT that ends.</summary>
    public static JwtClaims? Read(string token)
    {
        if (token.Split('.') is not [_, var payload, _])
            return null;
        try
        {
            using var document = JsonDocument.Parse(Base64Url.DecodeFromChars(payload));
            var claims = document.RootElement;
            return claims.ValueKind == JsonValueKind.Object && claims.TryGetProperty("exp", out var end)
                && end.ValueKind == JsonValueKind.Number && end.TryGetDouble(out var seconds)
                ? new JwtClaims(AudiencesOf(claims), DateTimeOffset.UnixEpoch.AddSeconds(seconds)) : null;
        }
        catch (Exception exception) when (
            exception is FormatException or JsonException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static string[] AudiencesOf(JsonElement claims) => !claims.TryGetProperty("aud", out var audience) ? []
        : audience.ValueKind == JsonValueKind.String ? [audience.GetString()!]
        : audience.ValueKind != JsonValueKind.Array ? []
        : [.. audience.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.String).Take(AudiencesMax)
            .Select(one => one.GetString()!)];
}
