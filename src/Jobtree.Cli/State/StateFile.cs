using System.Security.Cryptography;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Manifests;

namespace Jobtree.Cli.State;

/// <summary>A state file: read as a whole and replaced atomically.</summary>
internal sealed class StateFile
{
    private const string TemporarySuffix = ".jobtree-tmp";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string name;
    private byte[]? hashRead;

    private StateFile(string name, string path) => (this.name, Path) = (name, path);

    /// <summary>The path of the file itself.</summary>
    public string Path { get; }

    /// <summary>Whether the file exists.</summary>
    public bool Exists => File.Exists(Path);

    /// <summary>
    /// Resolves a path without touching the file. A link is followed, so that its target is replaced and not the link.
    /// </summary>
    /// <param name="path">The path as given.</param>
    public static Result<StateFile> Find(string path)
    {
        try
        {
            var file = new FileInfo(System.IO.Path.GetFullPath(path));
            var target = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true)!;
            return Directory.Exists(target.FullName)
                ? new Problem(ProblemCode.Invalid, $"{path} is a folder; expected a state file.")
                : new StateFile(path, target.FullName);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new Problem(ProblemCode.Invalid, $"The state file '{path}' cannot be found: {exception.Message}");
        }
    }

    /// <summary>Reads the whole file.</summary>
    public async Task<Result<ReadOnlyMemory<byte>>> Read(CancellationToken cancellation)
    {
        try
        {
            if (!Exists)
                return new Problem(ProblemCode.NotFound,
                    $"There is no state file {name}. 'kubectl-runs --state {name} apply -f FILE' makes one.");
            await using var stream = new FileStream(
                Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length > ManifestText.BytesMax)
                return new Problem(ProblemCode.Invalid, $"{name} is larger than {ManifestText.BytesMax} bytes.");
            var bytes = new byte[stream.Length];
            await stream.ReadExactlyAsync(bytes, cancellation);
            hashRead = SHA256.HashData(bytes);
            return new ReadOnlyMemory<byte>(bytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new Problem(ProblemCode.Invalid, $"{name} cannot be read: {exception.Message}");
        }
    }

    /// <summary>
    /// Replaces the file atomically: at every instant, even after a crash, the file is the complete old one or the
    /// complete new one. On return the new file is durable. The caller must hold the lock.
    /// </summary>
    /// <param name="text">The new content.</param>
    /// <param name="cancellation">Cancels before anything is replaced.</param>
    public async Task<Problem?> Replace(ReadOnlyMemory<byte> text, CancellationToken cancellation)
    {
        var folder = System.IO.Path.GetDirectoryName(Path)!;
        var temporary = System.IO.Path.Combine(
            folder, $".{System.IO.Path.GetFileName(Path)}.{Guid.NewGuid():n}{TemporarySuffix}");
        try
        {
            RemoveLeftovers(folder);
            if (await HasChanged(cancellation))
                return new Problem(ProblemCode.Conflict,
                    $"{name} was changed by another program meanwhile; nothing was changed. Try again.");
            await Write(temporary, text, cancellation);
            File.Move(temporary, Path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new Problem(ProblemCode.Invalid,
                $"{name} cannot be replaced: {exception.Message} Nothing was changed.");
        }
        finally
        {
            File.Delete(temporary);
        }
        try
        {
            FolderSync.Flush(folder);
            return null;
        }
        catch (IOException exception)
        {
            return new Problem(ProblemCode.Unavailable,
                $"{name} was replaced, but the new one may not survive a power cut. {exception.Message}");
        }
    }

    private async Task Write(string temporary, ReadOnlyMemory<byte> text, CancellationToken cancellation)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write,
            Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        await using var stream = new FileStream(temporary, options);
        await stream.WriteAsync(text, cancellation);
        if (!OperatingSystem.IsWindows() && Exists)
            File.SetUnixFileMode(stream.SafeFileHandle, File.GetUnixFileMode(Path));
        stream.Flush(flushToDisk: true);
    }

    private async Task<bool> HasChanged(CancellationToken cancellation)
    {
        if (!Exists)
            return hashRead is not null;
        await using var stream = new FileStream(
            Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return hashRead is null || !(await SHA256.HashDataAsync(stream, cancellation)).AsSpan().SequenceEqual(hashRead);
    }

    // The lock holder is the only writer, so an existing temporary file was left by a killed process.
    private void RemoveLeftovers(string folder)
    {
        foreach (var leftover in Directory.EnumerateFiles(
            folder, $".{System.IO.Path.GetFileName(Path)}.*{TemporarySuffix}"))
            File.Delete(leftover);
    }
}
