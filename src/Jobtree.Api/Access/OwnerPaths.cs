using System.Buffers;

namespace Jobtree.Api.Access;

/// <summary>Owners as paths: <c>org:ai</c> covers itself and every owner below it.</summary>
internal static class OwnerPaths
{
    public const string Everyone = "*";
    public const string Allowed = "letters, digits, '.', '_' and '-' in segments joined by ':', 256 characters at most";
    private const int LengthMax = 256;

    private static readonly SearchValues<char> Letters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:");

    public static bool IsPath(string text) =>
        text.Length is > 0 and <= LengthMax
        && text.AsSpan().IndexOfAnyExcept(Letters) < 0
        && text[0] != ':' && text[^1] != ':' && !text.Contains("::", StringComparison.Ordinal);

    public static bool Covers(string owner, string other) =>
        owner == Everyone
        || (other.StartsWith(owner, StringComparison.Ordinal)
            && (other.Length == owner.Length || other[owner.Length] == ':'));
}
