using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Jobtree.Execution.Processes;

/// <summary>
/// Files and folders that only this host's user may read: environments hold secrets, and output may too.
/// </summary>
internal static class OwnerOnly
{
    private const UnixFileMode ForFiles = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode ForFolders = ForFiles | UnixFileMode.UserExecute;

    /// <summary>Creates a folder and its missing parents.</summary>
    /// <param name="path">The folder.</param>
    [SuppressMessage("Interoperability", "CA1416",
        Justification = "The process executor refuses to be made on anything but Linux.")]
    public static void CreateFolder(string path)
    {
        // The mode applies to the last folder only, so each is created separately.
        if (Path.GetDirectoryName(path) is { Length: > 0 } parent && !Directory.Exists(parent))
            CreateFolder(parent);
        Directory.CreateDirectory(path, ForFolders);
    }

    /// <summary>Creates an empty file, replacing any existing one.</summary>
    /// <param name="path">The file.</param>
    public static void CreateFile(string path)
    {
        File.Delete(path);
        Open(path).Dispose();
    }

    /// <summary>Creates an empty file unless it exists. A concurrent creation is no failure.</summary>
    /// <param name="path">The file.</param>
    public static void Mark(string path)
    {
        try
        {
            Open(path).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // Already marked.
        }
    }

    /// <summary>
    /// Writes a document atomically: a reader finds the old content, the new content or no file, never a part.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="value">The document.</param>
    /// <param name="type">The serialization of the type.</param>
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
    /// <param name="type">The serialization of the type.</param>
    /// <returns>The document, or null if there is no such file.</returns>
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
