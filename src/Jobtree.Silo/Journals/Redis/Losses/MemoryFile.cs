using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Jobtree.Journal;

namespace Jobtree.Silo.Journals.Redis.Losses;

/// <summary>
/// The file in which a silo keeps what it knows of Redis while it does not run. Silos that share a folder take one file
/// each: the first that no other process holds. At its start a silo reads the files of all.
/// </summary>
internal sealed class MemoryFile : IDisposable
{
    private const int FilesMax = 64;
    private const int BytesMax = 64 << 20;

    private readonly FileStream held;
    private readonly string path;
    private readonly JournalDisk disk = new();

    private MemoryFile(FileStream held, string path, IReadOnlyList<KnownStore> remembered, KnownStore? own) =>
        (this.held, this.path, Remembered, Own) = (held, path, remembered, own);

    /// <summary>What the silos of this folder knew, this one included.</summary>
    public IReadOnlyList<KnownStore> Remembered { get; }

    /// <summary>What the silo before knew, in whose place this one is; null: there was none.</summary>
    public KnownStore? Own { get; }

    /// <summary>Opens the file of a silo; it is held until it is disposed of.</summary>
    /// <param name="folder">The folder; it is made for its owner only.</param>
    /// <param name="service">The service id.</param>
    /// <param name="redis">The addresses of the Redis.</param>
    /// <exception cref="IOException">The folder cannot be written, or a file in it cannot be read.</exception>
    public static MemoryFile Open(string folder, string service, IEnumerable<string> redis)
    {
        try
        {
            if (!OperatingSystem.IsWindows())
                Directory.CreateDirectory(
                    folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            else
                Directory.CreateDirectory(folder);
            var addresses = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(',', redis.Order())));
            var stem = Path.Combine(folder, $"redis-{service}-{Convert.ToHexStringLower(addresses.AsSpan(0, 6))}");
            var (held, path) = Hold(stem);
            try
            {
                var files = Enumerable.Range(1, FilesMax).Select(number => FileOf(stem, number)).Where(File.Exists)
                    .ToDictionary(file => file, Read);
                return new MemoryFile(held, path, [.. files.Values], files.GetValueOrDefault(path));
            }
            catch
            {
                held.Dispose();
                throw;
            }
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new IOException(refused.Message, refused);
        }
    }

    /// <summary>Replaces the file. Returns when it is on the disk.</summary>
    /// <exception cref="IOException">It could not be written; the former one is as it was.</exception>
    public void Save(KnownStore known)
    {
        var (bytes, next) = (JsonSerializer.SerializeToUtf8Bytes(known, KnownStoreJson.Default.KnownStore),
            path + ".next");
        try
        {
            using (var file = disk.Open(next, FileMode.Create))
            {
                disk.Write(file, bytes, 0);
                disk.Flush(file);
            }
            File.Move(next, path, overwrite: true);
            disk.FlushFolder(Path.GetDirectoryName(path)!);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new IOException(refused.Message, refused);
        }
    }

    public void Dispose() => held.Dispose();

    private static string FileOf(string stem, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{stem}.{number}.json");

    private static (FileStream Held, string Path) Hold(string stem)
    {
        for (var number = 1; number <= FilesMax; number++)
        {
            var path = FileOf(stem, number);
            try
            {
                var options = new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.None,
                };
                if (!OperatingSystem.IsWindows())
                    options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                return (new FileStream(path + ".lock", options), path);
            }
            catch (IOException held) when (held is not (DirectoryNotFoundException or PathTooLongException))
            {
                if (number == FilesMax)
                    throw new IOException($"{FilesMax} silos keep files in {Path.GetDirectoryName(stem)} already, or "
                        + $"it cannot be written: {held.Message}", held);
            }
        }
        throw new InvalidOperationException("Every file was tried.");
    }

    private static KnownStore Read(string path)
    {
        try
        {
            return new FileInfo(path).Length <= BytesMax
                && JsonSerializer.Deserialize(File.ReadAllBytes(path), KnownStoreJson.Default.KnownStore) is { } known
                ? known : throw new JsonException("it is too large, or empty.");
        }
        catch (JsonException damage)
        {
            throw new IOException($"{path} does not say what a silo knew of Redis: {damage.Message} Without it a loss "
                + "of records may go unnoticed. Remove it if Redis is known to be whole.", damage);
        }
    }
}
