using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Jobtree.Core.Ledger;
using Jobtree.Core.Ledger.Reading;

namespace Jobtree.Journal;

/// <summary>
/// Audits an exported ledger from its file alone: the chain, every draw, and, if it begins with entry 1, every state
/// that follows from it. A changed byte is found, and the entry that holds it is named with its place in the file.
/// </summary>
public sealed class LedgerFileAudit
{
    private const int LineBytesMax = 8 << 20;

    private readonly string path;
    private readonly List<AuditViolation> violations = [];
    private LedgerFileBegin? begin;
    private LedgerFileEnd? end;
    private Entry? last;
    private AuditViolation? suspected;
    private string? flavorOfNodes;
    private long endOffset;
    private long entries;

    private LedgerFileAudit(string path) => this.path = path;

    /// <summary>Audits a file, or every file <c>*.ndjson</c> of a folder.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="cancellation">Cancels the audit.</param>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    public static AuditReport Run(string path, CancellationToken cancellation = default)
    {
        if (!Directory.Exists(path))
            return new LedgerFileAudit(path).Audit(cancellation);
        var files = Directory.GetFiles(path, "*.ndjson").Order(StringComparer.Ordinal).ToArray();
        if (files.Length == 0)
            throw new FileNotFoundException($"There is no exported ledger (*.ndjson) in {path}.");
        var reports = files.Select(file => new LedgerFileAudit(file).Audit(cancellation)).ToArray();
        var heads = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (flavor, head) in reports.SelectMany(report => report.Heads))
            heads[flavor] = head;
        return new AuditReport(reports.Sum(report => report.Records), reports.Sum(report => report.Leases), heads,
            [.. reports.SelectMany(report => report.Violations)]);
    }

    private AuditReport Audit(CancellationToken cancellation)
    {
        foreach (var (offset, line) in Lines(cancellation))
        {
            Read(line, offset);
            if (violations.Count > 0)
                break;
        }
        if (violations.Count == 0)
            CheckEnd();
        var replay = violations.Count == 0 && begin is { First: 1 } ? Replay(cancellation) : null;
        if (replay is not null)
            violations.AddRange(replay.Violations);
        var heads = new Dictionary<string, string>();
        if (begin is not null && last is not null)
            heads[begin.Ledger] = HashChain.ToHex(last.Link);
        return new AuditReport(entries, replay?.Leases ?? 0, heads, violations);
    }

    /// <summary>Checks a line against the one before. Reads nothing after the first violation.</summary>
    private void Read(byte[] line, long offset)
    {
        try
        {
            if (begin is null)
                begin = AsWritten(line, LedgerFileJson.Default.LedgerFileBegin, offset);
            else if (end is not null)
                Broken(offset, "something follows the last line");
            else if (line.AsSpan().StartsWith("{\"end\":"u8))
                (end, endOffset) = (AsWritten(line, LedgerFileJson.Default.LedgerFileEnd, offset), offset);
            else
                Read(new Entry(LedgerFormat.Read(line, null), HashChain.Link(line), offset));
        }
        catch (Exception damaged) when (damaged is not OutOfMemoryException)
        {
            Broken(offset, begin is null ? "the first line does not name a ledger"
                : $"the line after {Name(last)} cannot be read ({damaged.Message})");
        }
    }

    /// <summary>
    /// Reads the first or the last line, which no hash covers. JSON has several ways to write a text, so it must be
    /// written as <see cref="LedgerFile"/> writes it.
    /// </summary>
    private T? AsWritten<T>(byte[] line, JsonTypeInfo<T> type, long offset)
    {
        var value = JsonSerializer.Deserialize(line, type);
        if (!line.AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(value!, type)))
            Broken(offset, $"the {(begin is null ? "first" : "last")} line was changed: it is written otherwise");
        return value;
    }

    private void Read(Entry next)
    {
        var sequence = last?.Content.Sequence + 1 ?? begin!.First;
        var follows = last is null ? begin!.First > 1 || next.Content.Previous == HashChain.Root
            : next.Content.Previous == last.Link;
        // An entry that does not fit its predecessor was changed, or the predecessor was. The entry after it tells
        // which: it names the hash of the one before it.
        if (suspected is not null)
            violations.Add(follows ? suspected
                : Violation(last!.Offset, $"{Name(last)} was changed: neither neighbour fits it"));
        else if (next.Content.Sequence != sequence)
            Broken(last is null && next.Content is { Sequence: 1, Previous: HashChain.Root } ? 0 : next.Offset,
                string.Create(CultureInfo.InvariantCulture, $"{Name(next)} stands where entry {sequence} must be"));
        else if (!follows && last is null)
            Broken(next.Offset, "the first entry names an entry before it");
        else if (!follows)
            suspected = Violation(last!.Offset, $"{Name(last)} was changed: the next entry names another hash");
        else if (last is not null && next.Content.At < last.Content.At)
            Broken(next.Offset, $"{Name(next)} is dated before {Name(last)}");
        if (suspected is null)
            CheckDraw(next);
        flavorOfNodes ??= next.Content.Nodes is [var node, ..] ? node.Flavor : null;
        (last, entries) = (next, entries + 1);
    }

    private void CheckDraw(Entry next)
    {
        if (DrawReport.Of(begin!.Ledger, next.Content) is { Repeats: false } draw)
            violations.Add(new AuditViolation(8, Where(next.Offset),
                $"The draws of {Name(next)} do not repeat: {string.Join("; ", draw.Differences)}"));
    }

    private void CheckEnd()
    {
        var length = new FileInfo(path).Length;
        if (begin is null)
            Broken(0, "the file is empty");
        else if (end is null)
            Broken(length, $"the file is cut off after {Name(last)}: its last line is missing");
        else if (suspected is not null)
            // The last entry does not fit the one before it. The head tells which of the two was changed.
            violations.Add(end.Head == last!.Link ? suspected
                : Violation(last.Offset, $"{Name(last)} was changed: neither its neighbour nor the head fits it"));
        else if (end.End != begin.Ledger)
            Broken(flavorOfNodes == end.End ? 0 : endOffset,
                $"the first line names the ledger {begin.Ledger}, the last line {end.End}");
        else if (end.Entries != entries)
            Broken(endOffset, string.Create(CultureInfo.InvariantCulture,
                $"the last line counts {end.Entries} entries; there are {entries}"));
        else if (end.Head != (last?.Link ?? HashChain.Root))
            CheckHead(last?.Link ?? HashChain.Root);
    }

    /// <summary>A change of the last entry gives another hash altogether; a change of the head a similar one.</summary>
    private void CheckHead(string head)
    {
        var isNoHash = end!.Head.Length != head.Length;
        var isSimilar = end.Head.Zip(head).Count(pair => pair.First == pair.Second) > head.Length / 2;
        if (isNoHash || isSimilar)
            Broken(endOffset, isNoHash ? "the last line was changed: its head is no hash"
                : $"the last line was changed: its head is almost that of {Name(last)}");
        else
            Broken(last?.Offset ?? endOffset, $"{Name(last)} was changed: the head in the last line is another one");
    }

    private LedgerReplay Replay(CancellationToken cancellation)
    {
        var replay = new LedgerReplay(begin!.Ledger);
        foreach (var (offset, line) in Lines(cancellation))
        {
            if (!line.AsSpan().StartsWith("{\"ledger\":"u8) && !line.AsSpan().StartsWith("{\"end\":"u8))
                replay.Read(line, Where(offset));
        }
        replay.Finish();
        return replay;
    }

    private IEnumerable<(long Offset, byte[] Line)> Lines(CancellationToken cancellation)
    {
        using var file = new FileStream(path, new FileStreamOptions { BufferSize = 1 << 20 });
        using var line = new MemoryStream();
        for (var offset = 0L; ; cancellation.ThrowIfCancellationRequested())
        {
            var next = file.ReadByte();
            if (next is not '\n' and not -1 && line.Length < LineBytesMax)
            {
                line.WriteByte((byte)next);
                continue;
            }
            if (line.Length > 0 || next == '\n')
                yield return (offset, line.ToArray());
            if (next == -1)
                yield break;
            offset += line.Length + 1;
            line.SetLength(0);
        }
    }

    private void Broken(long offset, string what) => violations.Add(Violation(offset, what));

    private AuditViolation Violation(long offset, string what) =>
        new(9, Where(offset), $"The ledger {begin?.Ledger ?? "of no name"} is broken: {what}.");

    private string Where(long offset) => string.Create(CultureInfo.InvariantCulture, $"{path}, offset {offset}");

    private static string Name(Entry? entry) => entry is null ? "the first line" : string.Create(
        CultureInfo.InvariantCulture, $"entry {entry.Content.Sequence}");

    private sealed record Entry(LedgerEntry Content, string Link, long Offset);
}
