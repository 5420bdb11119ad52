using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Jobtree.Api.Access;

/// <summary>The file of hashed tokens: who may use an API that is reachable from the network.</summary>
public static class TokenFile
{
    /// <summary>The maximum file size, in bytes.</summary>
    public const int BytesMax = 1 << 20;

    /// <summary>The maximum number of tokens in a file.</summary>
    public const int TokensMax = 1000;

    private const string Prefix = "jobtree_";
    private const int SecretBytes = 32;

    /// <summary>
    /// Creates a token of 256 random bits and adds its hash to a file. A missing file is created, readable by its owner
    /// only.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="name">The token's name, not yet in the file.</param>
    /// <param name="role">The role of its bearer.</param>
    /// <param name="owners">The owners it acts for; <c>*</c> is all.</param>
    /// <param name="expires">From when on it is not accepted; null: it is until it is removed.</param>
    /// <returns>The token: shown once, stored nowhere.</returns>
    /// <exception cref="TokenFileException">The file or an argument is not valid; the file is unchanged.</exception>
    public static string Create(
        string path, string name, Role role, IReadOnlyList<string> owners, DateTimeOffset? expires = null)
    {
        var present = File.Exists(path) ? Read(path) : [];
        var token = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        IReadOnlyList<TokenEntry> entries = [.. present, new TokenEntry(name, role, owners, Hash(token), expires)];
        TokenFileFormat.Check(entries, path);
        Replace(path, entries);
        return token;
    }

    /// <summary>Reads a file of tokens, YAML or JSON.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="TokenFileException">The file is missing, readable by others, or not valid.</exception>
    public static IReadOnlyList<TokenEntry> Read(string path) => Parse(ReadText(path), path);

    internal static IReadOnlyList<TokenEntry> Parse(string text, string path)
    {
        var entries = TokenFileFormat.Parse(text, path);
        TokenFileFormat.Check(entries, path);
        return entries;
    }

    internal static string ReadText(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (SecretFile.Refusal("The token file", path, file.SafeFileHandle) is { } refusal)
                throw new TokenFileException(refusal);
            if (file.Length > BytesMax)
                throw new TokenFileException($"The token file {path} has {file.Length} bytes; {BytesMax} are allowed.");
            using var reader = new StreamReader(file, new UTF8Encoding(false, throwOnInvalidBytes: true));
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new TokenFileException($"The token file {path} cannot be read: {e.Message}", e);
        }
    }

    internal static string Hash(string token) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token)));

    private static void Replace(string path, IReadOnlyList<TokenEntry> entries)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.new";
        try
        {
            var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                create.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var file = new FileStream(temporary, create))
            {
                using var writer = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
                TokenFileFormat.Write(writer, entries);
                writer.Flush();
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw new TokenFileException($"The token file {path} cannot be written: {e.Message}", e);
        }
    }
}

/// <summary>One token of a token file. The token itself is not stored.</summary>
/// <param name="Name">The name used in messages and logs.</param>
/// <param name="Role">The role of its bearer.</param>
/// <param name="Owners">The owners it acts for, including owners below them; <c>*</c> is all.</param>
/// <param name="Sha256">The SHA-256 of the token's ASCII bytes, in lower-case hexadecimal.</param>
/// <param name="Expires">From when on it is not accepted; null: it is until it is removed.</param>
public sealed record TokenEntry(
    string Name, Role Role, IReadOnlyList<string> Owners, string Sha256, DateTimeOffset? Expires = null);

/// <summary>A token file is not valid. The message names the file, the place and what is allowed.</summary>
public sealed class TokenFileException : Exception
{
    /// <summary>Creates it with a general message.</summary>
    public TokenFileException()
        : this("The token file cannot be used.")
    {
    }

    /// <summary>Creates it with a message.</summary>
    /// <param name="message">The message.</param>
    public TokenFileException(string message)
        : base(message)
    {
    }

    /// <summary>Creates it with a message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public TokenFileException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
