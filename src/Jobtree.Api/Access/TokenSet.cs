using System.Security.Cryptography;
using System.Text;

namespace Jobtree.Api.Access;

/// <summary>The accepted tokens, by hash.</summary>
internal sealed class TokenSet
{
    // Longer than a password that a person would choose, so that its plain hash cannot be reversed by guessing.
    private const int LengthMin = 32;
    private const int LengthMax = 256;

    private readonly (byte[] Hash, Caller Caller)[] tokens;

    public TokenSet(IReadOnlyList<TokenEntry> entries) =>
        tokens = [.. entries.Select(
            entry => (Convert.FromHexString(entry.Sha256),
                new Caller(entry.Name, entry.Role, entry.Owners) { Expires = entry.Expires }))];

    /// <summary>The text from which the tokens were read; null: they were not read from a text.</summary>
    public string? Source { get; private init; }

    public int Count => tokens.Length;

    /// <summary>Parses the tokens of a file's text.</summary>
    /// <exception cref="TokenFileException">The text is not valid.</exception>
    public static TokenSet Of(string text, string path) => new(TokenFile.Parse(text, path)) { Source = text };

    /// <summary>
    /// The caller of a token, which may have expired. The time taken does not depend on the token or on whether it is
    /// accepted.
    /// </summary>
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
