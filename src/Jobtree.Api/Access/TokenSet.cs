using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Access;

/// <summary>The tokens that are accepted, by hash.</summary>
internal sealed class TokenSet
{
    // Longer than any password that people think up, so that a plain hash of it cannot be guessed back.
    private const int LengthMin = 32;
    private const int LengthMax = 256;
    private const string BearerPrefix = "Bearer ";

    private readonly (byte[] Hash, Caller Caller)[] tokens;

    public TokenSet(IReadOnlyList<TokenEntry> entries) =>
        tokens = [.. entries.Select(
            entry => (Convert.FromHexString(entry.Sha256), new Caller(entry.Name, entry.Role, entry.Owners)))];

    /// <summary>The text that they were read from; null: they were not.</summary>
    public string? Source { get; private init; }

    public int Count => tokens.Length;

    /// <summary>The tokens of a file's text.</summary>
    /// <exception cref="TokenFileException">The text is not right.</exception>
    public static TokenSet Of(string text, string path) => new(TokenFile.Parse(text, path)) { Source = text };

    /// <summary>Whose bearer token a request has; null: none, or nobody's.</summary>
    public Caller? Find(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(
            BearerPrefix, StringComparison.OrdinalIgnoreCase)
            ? Find(header.AsSpan(BearerPrefix.Length).Trim())
            : null;

    /// <summary>Whose token this is. Takes the same time whichever it is, and whether or not it is one.</summary>
    public Caller? Find(ReadOnlySpan<char> token)
    {
        if (token.Length is < LengthMin or > LengthMax || token.ContainsAnyExceptInRange('!', '~'))
            return null;
        Span<byte> bytes = stackalloc byte[LengthMax];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..Encoding.ASCII.GetBytes(token, bytes)], hash);
        Caller? found = null;
        foreach (var (known, caller) in tokens)
        {
            if (CryptographicOperations.FixedTimeEquals(known, hash))
                found = caller;
        }

        return found;
    }
}
