using System.Diagnostics.CodeAnalysis;
using System.Text;
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
    private const UnixFileMode ForPassing = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Creates a folder and its missing parents.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="othersPass">Whether other users may pass it, to what is theirs in it; they cannot list it.</param>
    [SuppressMessage("Interoperability", "CA1416",
        Justification = "The process executor refuses to be made on anything but Linux.")]
    public static void CreateFolder(string path, bool othersPass = false)
    {
        // The mode applies to the last folder only, so each is created separately.
        if (Path.GetDirectoryName(path) is { Length: > 0 } parent && !Directory.Exists(parent))
            CreateFolder(parent, othersPass);
        Directory.CreateDirectory(path, othersPass ? ForFolders | ForPassing : ForFolders);
    }

    /// <summary>Takes a folder that was there before from everybody else, or lets them pass it.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="othersPass">Whether other users may pass it.</param>
    [SuppressMessage("Interoperability", "CA1416",
        Justification = "The process executor refuses to be made on anything but Linux.")]
    public static void Restrict(string path, bool othersPass) =>
        File.SetUnixFileMode(path, othersPass ? ForFolders | ForPassing : ForFolders);

    /// <summary>Lets other users pass a folder, besides what they may do there already.</summary>
    /// <param name="path">The folder.</param>
    [SuppressMessage("Interoperability", "CA1416",
        Justification = "The process executor refuses to be made on anything but Linux.")]
    public static void LetPass(string path) => File.SetUnixFileMode(path, File.GetUnixFileMode(path) | ForPassing);

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

    /// <summary>Writes a short text atomically.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">The text.</param>
    public static void WriteText(string path, string text) =>
        Write(path, file => file.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>
    /// Writes a document atomically: a reader finds the old content, the new content or no file, never a part.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="value">The document.</param>
    /// <param name="type">The serialization of the type.</param>
    public static void WriteJson<T>(string path, T value, JsonTypeInfo<T> type) =>
        Write(path, file => JsonSerializer.Serialize(file, value, type));

    private static void Write(string path, Action<FileStream> write)
    {
        var part = path + ".part";
        File.Delete(part);
        using (var file = Open(part))
        {
            write(file);
            file.Flush(flushToDisk: true);
        }
        File.Move(part, path, overwrite: true);
    }

    /// <summary>Reads a document.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">The serialization of the type.</param>
    /// <returns>The document, or null if there is no such file.</returns>
    /// <exception cref="JsonException">The file is damaged, or something else is in its place.</exception>
    public static T? ReadJson<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        if (RegularFile.Open(path) is not { } handle)
            return !Path.Exists(path) ? null
                : throw new JsonException($"{path} is no regular file, or may not be read.");
        using var file = new FileStream(handle, FileAccess.Read);
        return JsonSerializer.Deserialize(file, type);
    }

    [SuppressMessage("Interoperability", "CA1416",
        Justification = "The process executor refuses to be made on anything but Linux.")]
    private static FileStream Open(string path) =>
        new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write,
            UnixCreateMode = ForFiles });
}
