using System.Text.Json;

namespace Jobtree.Cli.SigningIn;

/// <summary>Reads members of documents that are not trusted.</summary>
internal static class IssuerJson
{
    /// <summary>The text of a member; null: there is none of 1 to that many characters.</summary>
    public static string? Text(JsonElement document, string member, int lengthMax) =>
        document.ValueKind == JsonValueKind.Object && document.TryGetProperty(member, out var value)
            && value.ValueKind == JsonValueKind.String
            && value.GetString() is { Length: > 0 } text && text.Length <= lengthMax ? text : null;

    /// <summary>The seconds of a member; null: there is no positive number.</summary>
    /// <param name="document">A JSON object.</param>
    /// <param name="member">The name.</param>
    /// <param name="most">What larger numbers are taken for.</param>
    public static TimeSpan? Seconds(JsonElement document, string member, TimeSpan most) =>
        document.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetDouble(out var seconds) && seconds > 0
            ? TimeSpan.FromSeconds(Math.Min(seconds, most.TotalSeconds)) : null;
}
