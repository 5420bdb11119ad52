using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Http;
using Jobtree.Cli.State;

namespace Jobtree.Cli.SigningIn;

/// <summary>
/// The file that keeps the sign-in at one server: for its owner only, in a folder for its owner only, and replaced
/// atomically. One that others could read or put there is refused.
/// </summary>
internal sealed class SignInFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyFolder = OwnerOnly | UnixFileMode.UserExecute;
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const int NameLength = 32;
    private const int BytesMax = 64 * 1024;
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(10);

    private readonly Uri server;
    private readonly string folder;

    private SignInFile(Uri server, string folder)
    {
        (this.server, this.folder) = (server, folder);
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(server.AbsoluteUri)));
        Path = System.IO.Path.Combine(folder, $"{name[..NameLength]}.json");
    }

    /// <summary>Where it is, or would be.</summary>
    public string Path { get; }

    private string Next => $"{Path}.new";

    /// <summary>The file of a server; null: the environment names no folder of the user.</summary>
    /// <param name="server">The server.</param>
    /// <param name="environment">Reads an environment variable.</param>
    public static SignInFile? Of(Uri server, Func<string, string?> environment)
    {
        var state = environment("XDG_STATE_HOME");
        // As its specification has it: a relative path is no path.
        if (string.IsNullOrEmpty(state) || !System.IO.Path.IsPathRooted(state))
        {
            var home = environment("HOME") ?? environment("USERPROFILE");
            if (string.IsNullOrEmpty(home) || !System.IO.Path.IsPathRooted(home))
                return null;
            state = System.IO.Path.Combine(home, ".local", "state");
        }
        return new SignInFile(server, System.IO.Path.Combine(state, "jobtree", "tokens"));
    }

    /// <summary>Reads the sign-in; none: nobody has signed in.</summary>
    public Result<StoredSignIn?> Read()
    {
        try
        {
            if (!File.Exists(Path))
                return default(Result<StoredSignIn?>);
            using var stream = File.OpenRead(Path);
            if (!OperatingSystem.IsWindows())
            {
                if ((File.GetUnixFileMode(stream.SafeFileHandle) & ~OwnerOnlyFolder) != 0)
                    return new Problem(ProblemCode.Invalid,
                        $"The sign-in at {server} may be read by others: chmod 600 {Path}. If they are not to be "
                        + "trusted, sign in again as well: kubectl-runs login.");
                if ((File.GetUnixFileMode(folder) & OthersWrite) != 0)
                    return new Problem(ProblemCode.Invalid,
                        $"The sign-in at {server} may be replaced by others: chmod 700 {folder}.");
            }
            if (stream.Length <= BytesMax && Parse(stream) is { } kept && kept.Server == server
                && kept.Issuer.IsAbsoluteUri && BearerToken.IsToken(kept.Token))
                return kept;
        }
        catch (JsonException)
        {
            // Told below.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new Problem(ProblemCode.Invalid, $"The sign-in at {server} cannot be read: {exception.Message}");
        }
        return new Problem(ProblemCode.Invalid,
            $"{Path} is not understood. Sign in again: kubectl-runs login, or be rid of it: kubectl-runs logout.");
    }

    /// <summary>Waits for the right to change the file; others may read it meanwhile.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<Result<StateLock>> Lock(TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            MakeFolder();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new Problem(ProblemCode.Invalid, $"The sign-in at {server} cannot be kept: {exception.Message}");
        }
        return await StateLock.Take(Path, LockPatience, time, static _ => { }, cancellation);
    }

    /// <summary>Replaces the file. The caller holds the lock.</summary>
    /// <param name="signIn">The new content.</param>
    /// <returns>The problem, or none.</returns>
    public Problem? Write(StoredSignIn signIn)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write,
            Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        try
        {
            // What a killed command left.
            File.Delete(Next);
            using (var stream = new FileStream(Next, options))
            {
                JsonSerializer.Serialize(stream, signIn, SignInJson.Default.StoredSignIn);
                stream.Flush(flushToDisk: true);
            }
            File.Move(Next, Path, overwrite: true);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new Problem(ProblemCode.Invalid, $"The sign-in at {server} cannot be kept: {exception.Message}");
        }
    }

    /// <summary>Removes the file, whatever is in it. The caller holds the lock.</summary>
    /// <returns>Whether there was one.</returns>
    public Result<bool> Remove()
    {
        try
        {
            var found = File.Exists(Path);
            File.Delete(Path);
            File.Delete(Next);
            return found;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new Problem(ProblemCode.Invalid, $"The sign-in at {server} cannot be removed: {exception.Message}");
        }
    }

    private static StoredSignIn? Parse(Stream stream) =>
        JsonSerializer.Deserialize(stream, SignInJson.Default.StoredSignIn);

    private void MakeFolder()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return;
        }
        Directory.CreateDirectory(folder, OwnerOnlyFolder);
        // One that was there may be open to others.
        if (File.GetUnixFileMode(folder) != OwnerOnlyFolder)
            File.SetUnixFileMode(folder, OwnerOnlyFolder);
    }
}
