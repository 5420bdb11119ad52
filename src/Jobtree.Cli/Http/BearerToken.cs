using Jobtree.Actors.Operations;

namespace Jobtree.Cli.Http;

/// <summary>
/// The bearer token, from the environment or a file. It is never a command-line argument, because other users could
/// read it there.
/// </summary>
internal static class BearerToken
{
    /// <summary>The environment variable that holds the token.</summary>
    public const string Variable = "JOBTREE_TOKEN";

    /// <summary>The longest token.</summary>
    public const int LengthMax = 8192;

    /// <summary>The token, or none; a problem if the file cannot be read or contains no token.</summary>
    /// <param name="file">The file named on the command line.</param>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="notice">Receives a warning.</param>
    public static Result<string?> Find(string? file, Func<string, string?> environment, Action<string> notice)
    {
        if (file is null)
            return environment(Variable)?.Trim() is { Length: > 0 } text ? Check(text, Variable) : default(
                Result<string?>);
        try
        {
            using var stream = File.OpenRead(file);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(stream.SafeFileHandle) & OthersRead) != 0)
                notice($"{file} can be read by others; chmod 600 it.");
            var buffer = new char[LengthMax + 1];
            using var reader = new StreamReader(stream);
            return Check(new string(buffer, 0, reader.ReadBlock(buffer)).Trim(), file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new Problem(ProblemCode.Invalid, $"The token file cannot be read: {exception.Message}");
        }
    }

    /// <summary>Whether a text can be sent as a bearer token.</summary>
    public static bool IsToken(string text) =>
        text.Length is > 0 and <= LengthMax && text.All(character => character is > ' ' and < '\x7f');

    private const UnixFileMode OthersRead = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private static Result<string?> Check(string token, string source) =>
        IsToken(token) ? token
            : new Problem(ProblemCode.Invalid,
                $"{source} holds no token: expected one line of at most {LengthMax} visible ASCII characters.");
}
