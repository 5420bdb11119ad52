using System.Globalization;

namespace Jobtree.Journal;

/// <summary>
/// The files of a journal. Segments that are not in its folder may be read in other folders, to which they were moved.
/// </summary>
internal sealed class JournalFolder
{
    private const string SegmentSuffix = ".log";
    private const string CompressedSuffix = ".log.gz";
    private const string SnapshotPrefix = "snapshot-";
    private const string SnapshotSuffix = ".snap";
    private const string TemporarySuffix = ".tmp";

    private readonly IReadOnlyList<string> folders;

    /// <summary>Takes the path of a folder, which need not exist, and of folders with moved segments.</summary>
    public JournalFolder(string folder, IReadOnlyList<string>? moved = null)
    {
        Root = Path.GetFullPath(folder);
        folders = [Root, .. moved?.Select(Path.GetFullPath) ?? []];
    }

    /// <summary>The full path.</summary>
    public string Root { get; }

    /// <summary>The path of the lock file.</summary>
    public string LockFile => Path.Combine(Root, "lock");

    /// <summary>
    /// The path of the file in which the lock's holder names itself. The locked file itself cannot be read by others.
    /// </summary>
    public string HolderFile => Path.Combine(Root, "lock.holder");

    /// <summary>The path of the mark that a clean stop leaves.</summary>
    public string StopFile => Path.Combine(Root, "stopped");

    /// <summary>Creates the folder with owner-only permissions, unless it exists, and makes its name durable.</summary>
    public void Create(IJournalDisk disk)
    {
        var missing = new List<string>();
        for (var path = Root; path is not null && !Directory.Exists(path); path = Path.GetDirectoryName(path))
            missing.Add(path);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(Root);
        else
            Directory.CreateDirectory(Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var path in missing)
            disk.FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>The path of a segment as it is written.</summary>
    public string Segment(long number) => Path.Combine(Root, Format(number) + SegmentSuffix);

    /// <summary>The path of a segment that was compressed.</summary>
    public string CompressedSegment(long number) => Path.Combine(Root, Format(number) + CompressedSuffix);

    /// <summary>Whether a file, or the one that it is to become, is a compressed segment.</summary>
    public static bool IsCompressed(string path) =>
        path.EndsWith(CompressedSuffix, StringComparison.Ordinal)
        || path.EndsWith(CompressedSuffix + TemporarySuffix, StringComparison.Ordinal);

    /// <summary>Whether a segment exists, compressed or not.</summary>
    public bool HasSegment(long number) => Places(number).Any(File.Exists);

    /// <summary>
    /// Opens a segment, compressed or not. If it exists in both forms, a crash came before the uncompressed one was
    /// deleted; that one is opened.
    /// </summary>
    /// <exception cref="FileNotFoundException">It does not exist.</exception>
    public FileWindow OpenSegment(long number)
    {
        foreach (var place in Places(number).Where(File.Exists))
        {
            try
            {
                return new FileWindow(place);
            }
            catch (FileNotFoundException)
            {
                // It was compressed just now, and is found under its other name.
            }
        }
        throw new FileNotFoundException($"There is no segment {Segment(number)}.", Segment(number));
    }

    /// <summary>The path of the snapshot that this segment continues.</summary>
    public string Snapshot(long number) => Path.Combine(Root, SnapshotPrefix + Format(number) + SnapshotSuffix);

    /// <summary>The path under which a file is written until it is complete.</summary>
    public static string Temporary(string path) => path + TemporarySuffix;

    /// <summary>The numbers of the existing segments, compressed or not, in order.</summary>
    /// <exception cref="JournalDamagedException">A file has almost the name of a segment.</exception>
    public IReadOnlyList<long> Segments()
    {
        // In this order, because a segment that is compressed meanwhile gets its second name before it loses its first.
        var numbers = new SortedSet<long>();
        foreach (var folder in folders)
        {
            numbers.UnionWith(Numbers(folder, "", SegmentSuffix));
            numbers.UnionWith(Numbers(folder, "", CompressedSuffix));
        }
        return [.. numbers];
    }

    /// <summary>The numbers of the existing snapshots, in order.</summary>
    /// <exception cref="JournalDamagedException">A file has almost the name of a snapshot.</exception>
    public IReadOnlyList<long> Snapshots() => Numbers(Root, SnapshotPrefix, SnapshotSuffix);

    /// <summary>Removes unfinished files of an earlier process. Nothing ever relied on them.</summary>
    public IReadOnlyList<string> RemoveTemporaries()
    {
        var removed = Directory.GetFiles(Root, "*" + TemporarySuffix)
            .Where(path => path.EndsWith(SegmentSuffix + TemporarySuffix, StringComparison.Ordinal)
                || path.EndsWith(CompressedSuffix + TemporarySuffix, StringComparison.Ordinal)
                || path.EndsWith(SnapshotSuffix + TemporarySuffix, StringComparison.Ordinal)
                || path == Temporary(StopFile))
            .Order(StringComparer.Ordinal)
            .ToList();
        removed.ForEach(File.Delete);
        return removed;
    }

    private static string Format(long number) => number.ToString("D8", CultureInfo.InvariantCulture);

    /// <summary>Where a segment may be, in the order in which it is looked for.</summary>
    private IEnumerable<string> Places(long number)
    {
        foreach (var folder in folders)
        {
            yield return Path.Combine(folder, Format(number) + SegmentSuffix);
            yield return Path.Combine(folder, Format(number) + CompressedSuffix);
        }
    }

    private static List<long> Numbers(string folder, string prefix, string suffix)
    {
        var numbers = new List<long>();
        foreach (var path in Directory.EnumerateFiles(folder, "*" + suffix))
        {
            var name = Path.GetFileName(path);
            if (!name.EndsWith(suffix, StringComparison.Ordinal))
                continue;
            var digits = name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..^suffix.Length] : "";
            if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1
                || Format(number) != digits)
                throw new JournalDamagedException(
                    path, 0, $"no file of the journal is named so; they are {prefix}00000001{suffix} and so on");
            numbers.Add(number);
        }

        numbers.Sort();
        return numbers;
    }
}
