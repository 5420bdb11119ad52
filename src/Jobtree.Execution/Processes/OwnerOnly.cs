using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Jobtree.Execution.Processes;

/// <summary>
/// Files and folders that nobody but this host's user may read: environments hold secrets, and so may output.
/// </summary>
internal static class OwnerOnly
{
    private const UnixFileMode ForFiles = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode ForFolders = ForFiles | UnixFileMode.UserExecute;

    /// <summary>Makes a folder and those above it that are missing.</summary>
    /// <param name="path">The folder.</param>
    [SuppressMessage("Interoperability", "CA1416",
        Justification = "The process executor refuses to be made on anything but Linux.")]
    public static void CreateFolder(string path)
    {
        // The mode is given to the last folder only, so each is made by itself.
        if (Path.GetDirectoryName(path) is { Length: > 0 } parent && !Directory.Exists(parent))
            CreateFolder(parent);
        Directory.CreateDirectory(path, ForFolders);
    }

    /// <summary>Makes an empty file in place of whatever was there.</summary>
    /// <param name="path">The file.</param>
    public static void CreateFile(string path)
    {
        File.Delete(path);
        Open(path).Dispose();
    }

    /// <summary>
    /// Makes an empty file, unless there is one: whoever marks what is marked, even at the same moment, has not failed.
    /// </summary>
    /// <param name="path">The file.</param>
    public static void Mark(string path)
    {
        try
        {
            Open(path).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // Marked already.
        }
    }

    /// <summary>
    /// Writes a document so that a reader finds the old content, the new one or none, but never a part.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="value">The document.</param>
    /// <param name="type">How it is written.</param>
    public static void WriteJson<T>(string path, T value, JsonTypeInfo<T> type)
    {
        var part = path + ".part";
        File.Delete(part);
        using (var file = Open(part))
        {
            JsonSerializer.Serialize(file, value, type);
            file.Flush(flushToDisk: true);
        }
        File.Move(part, path, overwrite: true);
    }

    /// <summary>Reads a document.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">How it is read.</param>
    /// <returns>The document, or nothing when there is no such file.</returns>
    /// <exception cref="JsonException">The file is damaged.</exception>
    public static T? ReadJson<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        if (!File.Exists(path))
            return null;
        using var file = File.OpenRead(path);
        return JsonSerializer.Deserialize(file, type);
    }

    [SuppressMessage("Interoperability", "CA1416",
        Justification = "The process executor refuses to be made on anything but Linux.")]
    private static FileStream Open(string path) =>
        new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write,
            UnixCreateMode = ForFiles });
}
