using System.Globalization;

namespace Jobtree.Journal;

/// <summary>The file names of a journal.</summary>
internal sealed class JournalFolder
{
    private const string SegmentSuffix = ".log";
    private const string SnapshotPrefix = "snapshot-";
    private const string SnapshotSuffix = ".snap";
    private const string TemporarySuffix = ".tmp";

    /// <summary>Takes the path of a folder, which need not exist.</summary>
    public JournalFolder(string folder) => Root = Path.GetFullPath(folder);

    /// <summary>The full path.</summary>
    public string Root { get; }

    /// <summary>The path of the lock file.</summary>
    public string LockFile => Path.Combine(Root, "lock");

    /// <summary>
    /// The path of the file in which the lock's holder names itself. The locked file itself cannot be read by others.
    /// </summary>
    public string HolderFile => Path.Combine(Root, "lock.holder");

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

    /// <summary>The path of a segment.</summary>
    public string Segment(long number) => Path.Combine(Root, Format(number) + SegmentSuffix);

    /// <summary>The path of the snapshot that this segment continues.</summary>
    public string Snapshot(long number) => Path.Combine(Root, SnapshotPrefix + Format(number) + SnapshotSuffix);

    /// <summary>The path under which a file is written until it is complete.</summary>
    public static string Temporary(string path) => path + TemporarySuffix;

    /// <summary>The numbers of the existing segments, in order.</summary>
    /// <exception cref="JournalDamagedException">A file has almost the name of a segment.</exception>
    public IReadOnlyList<long> Segments() => Numbers("", SegmentSuffix);

    /// <summary>The numbers of the existing snapshots, in order.</summary>
    /// <exception cref="JournalDamagedException">A file has almost the name of a snapshot.</exception>
    public IReadOnlyList<long> Snapshots() => Numbers(SnapshotPrefix, SnapshotSuffix);

    /// <summary>Removes unfinished files of an earlier process. Nothing ever relied on them.</summary>
    public IReadOnlyList<string> RemoveTemporaries()
    {
        var removed = Directory.GetFiles(Root, "*" + TemporarySuffix)
            .Where(path => path.EndsWith(SegmentSuffix + TemporarySuffix, StringComparison.Ordinal)
                || path.EndsWith(SnapshotSuffix + TemporarySuffix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToList();
        removed.ForEach(File.Delete);
        return removed;
    }

    private static string Format(long number) => number.ToString("D8", CultureInfo.InvariantCulture);

    private List<long> Numbers(string prefix, string suffix)
    {
        var numbers = new List<long>();
        foreach (var path in Directory.EnumerateFiles(Root, "*" + suffix))
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
