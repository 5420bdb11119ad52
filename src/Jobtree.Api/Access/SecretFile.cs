using Microsoft.Win32.SafeHandles;

namespace Jobtree.Api.Access;

/// <summary>The rule for files that hold secrets: no more than their owner and their group may read them.</summary>
public static class SecretFile
{
    // The group may read the file: Kubernetes mounts a secret this way for a process that is not root.
    private const UnixFileMode OthersMode =
        UnixFileMode.GroupWrite | UnixFileMode.GroupExecute |
        UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Why a file is not used; null: it is.</summary>
    /// <param name="what">What it is, at the beginning of a sentence, such as <c>The token file</c>.</param>
    /// <param name="path">Its path, for the message.</param>
    /// <param name="file">The opened file: what is checked is what is read.</param>
    public static string? Refusal(string what, string path, SafeFileHandle file) =>
        OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & OthersMode) == 0 ? null
            : $"{what} {path} may be written by its group, or used by everybody; its owner may read and write it, and "
                + $"its group read it: chmod 600 {path}, or 640";

    /// <summary>Reads a file of text.</summary>
    /// <param name="what">What it is, at the beginning of a sentence.</param>
    /// <param name="path">The file.</param>
    /// <param name="bytesMax">The most bytes that it may have.</param>
    /// <exception cref="ArgumentException">It cannot be read, or others may read it.</exception>
    public static string ReadText(string what, string path, int bytesMax)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (Refusal(what, path, file.SafeFileHandle) is { } refusal)
                throw new ArgumentException(refusal);
            if (file.Length > bytesMax)
                throw new ArgumentException($"{what} {path} has {file.Length} bytes; {bytesMax} are allowed.");
            using var reader = new StreamReader(file);
            return reader.ReadToEnd();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"{what} {path} cannot be read: {unreadable.Message}", unreadable);
        }
    }
}
