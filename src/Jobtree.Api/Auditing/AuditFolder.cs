using System.Globalization;
using System.Text.Json;
using Jobtree.Actors.Ports;

namespace Jobtree.Api.Auditing;

/// <summary>
/// The audit log in a folder: files of lines, each named by the number of its first entry. A line that a crash cut off
/// is dropped at the next start. The oldest file is deleted when all of them are too large, or when it is too old.
/// </summary>
public sealed class AuditFolder : IAuditStore, IDisposable
{
    private const int FileBytesMax = 4 << 20;
    private const string Ending = ".jsonl";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly Lock one = new();
    private readonly string folder;
    private readonly AuditRetention retention;
    private readonly TimeProvider time;
    private readonly SortedList<long, long> bytesByFirst = [];
    private AuditChain chain;
    private FileStream? current;

    private AuditFolder(string folder, AuditRetention retention, TimeProvider time)
    {
        (this.folder, this.retention, this.time) = (folder, retention, time);
        foreach (var file in Directory.EnumerateFiles(folder, $"*{Ending}"))
        {
            if (long.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture,
                out var first) && new FileInfo(file).Length is > 0 and var length)
                bytesByFirst[first] = length;
        }
        chain = bytesByFirst.Count == 0 ? new AuditChain() : Continue();
    }

    /// <summary>Opens the log, and creates its folder if needed.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="retention">How much is kept.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="IOException">The folder cannot be used, or its last file is damaged.</exception>
    public static AuditFolder Open(string folder, AuditRetention retention, TimeProvider time)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        return new AuditFolder(folder, retention, time);
    }

    /// <inheritdoc/>
    public ValueTask Append(IReadOnlyList<AuditEntry> entries, CancellationToken cancellation)
    {
        lock (one)
        {
            if (current is null || current.Length >= FileBytesMax)
                Begin();
            var (file, next) = (current!, chain.Copy());
            var before = file.Length;
            try
            {
                using var lines = new MemoryStream();
                foreach (var entry in entries)
                {
                    lines.Write(next.Add(entry));
                    lines.WriteByte((byte)'\n');
                }
                lines.WriteTo(file);
            }
            catch (IOException)
            {
                file.SetLength(before);
                throw;
            }
            chain = next;
            bytesByFirst[bytesByFirst.Keys[^1]] = file.Length;
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<LedgerPage> Read(long after, int max, CancellationToken cancellation)
    {
        KeyValuePair<long, long>[] files;
        lock (one)
            files = [.. bytesByFirst];
        var found = new List<LedgerRecord>();
        for (var i = 0; i < files.Length && found.Count < max; i++)
        {
            if (i + 1 < files.Length && files[i + 1].Key <= after + 1)
                continue;
            cancellation.ThrowIfCancellationRequested();
            var sequence = files[i].Key;
            foreach (var line in Lines(files[i].Key, files[i].Value))
            {
                if (sequence > after && found.Count < max)
                    found.Add(new LedgerRecord(sequence, line));
                sequence++;
            }
        }
        return ValueTask.FromResult(new LedgerPage(found, files.Length > 0 ? files[0].Key : 1));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (one)
        {
            current?.Flush(flushToDisk: true);
            current?.Dispose();
            current = null;
        }
    }

    private AuditChain Continue()
    {
        var (first, length) = (bytesByFirst.Keys[^1], bytesByFirst.Values[^1]);
        var (end, last) = (0L, Array.Empty<byte>());
        foreach (var line in Lines(first, length))
            (end, last) = (end + line.Length + 1, line);
        try
        {
            if (end < length)
            {
                using var torn = new FileStream(PathOf(first), FileMode.Open, FileAccess.Write);
                torn.SetLength(end);
            }
            if (end == 0)
            {
                bytesByFirst.Remove(first);
                return bytesByFirst.Count == 0 ? new AuditChain() : Continue();
            }
            bytesByFirst[first] = end;
            return AuditChain.Behind(last);
        }
        catch (JsonException damaged)
        {
            throw new IOException(
                $"The audit log {PathOf(first)} is damaged: its last line is no entry. Move the file away; a new log "
                + "then begins.", damaged);
        }
    }

    /// <summary>
    /// Begins the next file, or goes on with the last one after a start, and lets go of what is too old.
    /// </summary>
    private void Begin()
    {
        var goesOn = current is null && bytesByFirst.Count > 0 && bytesByFirst.Values[^1] < FileBytesMax;
        Dispose();
        var first = goesOn ? bytesByFirst.Keys[^1] : chain.Sequence + 1;
        var options = new FileStreamOptions
        {
            Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        current = new FileStream(PathOf(first), options);
        bytesByFirst[first] = current.Length;
        while (bytesByFirst.Count > 1 && (bytesByFirst.Values.Sum() + FileBytesMax > retention.BytesMax
            || File.GetLastWriteTimeUtc(PathOf(bytesByFirst.Keys[0])) < time.GetUtcNow() - retention.Age))
        {
            File.Delete(PathOf(bytesByFirst.Keys[0]));
            bytesByFirst.RemoveAt(0);
        }
    }

    private List<byte[]> Lines(long first, long length)
    {
        using var file = new FileStream(PathOf(first), FileMode.Open, FileAccess.Read, FileShare.ReadWrite
            | FileShare.Delete);
        var bytes = new byte[Math.Min(length, file.Length)];
        file.ReadExactly(bytes);
        var lines = new List<byte[]>();
        for (var (begin, end) = (0, 0); (end = bytes.AsSpan(begin).IndexOf((byte)'\n')) >= 0; begin += end + 1)
            lines.Add(bytes[begin..(begin + end)]);
        return lines;
    }

    private string PathOf(long first) => Path.Combine(
        folder, first.ToString("D20", CultureInfo.InvariantCulture) + Ending);
}
