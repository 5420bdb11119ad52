using System.Globalization;

namespace Jobtree.Silo.Chaos.Processes;

/// <summary>
/// The wall clock of processes, by libfaketime, which reads from a file by how much it is wrong: it can be set while
/// they run. Their monotonic clock goes on as it is.
/// </summary>
internal sealed class FakeClock
{
    private readonly string file;

    /// <param name="file">The file, in a folder that is there.</param>
    public FakeClock(string file)
    {
        this.file = file;
        Variables = new Dictionary<string, string>(Always.Select(setting => KeyValuePair.Create(
            setting.Name, setting.Value)))
        {
            ["FAKETIME_TIMESTAMP_FILE"] = file,
            ["FAKETIME_CACHE_DURATION"] = "1",
        };
        Set(TimeSpan.Zero);
    }

    /// <summary>Where libfaketime is; null: nowhere.</summary>
    public static string? Library { get; } = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "../unpacked/usr/lib")) // What ./jobtree has unpacked.
        .Concat(["/usr/lib", "/usr/lib64", "/usr/local/lib"])
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "libfaketimeMT.so.1", new EnumerationOptions
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = 2,
        }))
        .FirstOrDefault();

    /// <summary>
    /// What any process under libfaketime needs in its environment: only the wall clock is faked. Without the last one,
    /// whatever waits for a time by the monotonic clock waits in a loop that never rests.
    /// </summary>
    public static IEnumerable<(string Name, string Value)> Always =>
    [
        ("LD_PRELOAD", Library ?? throw new InvalidOperationException(WhatIsMissing())),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"), ("FAKETIME_FORCE_MONOTONIC_FIX", "0"),
    ];

    /// <summary>Why clocks cannot be set here; null: they can.</summary>
    public static string? WhatIsMissing() =>
        Library is null ? "There is no libfaketime (Debian's package faketime)." : null;

    /// <summary>What a process needs in its environment so that this is its clock. It looks once a second.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>Sets by how much it is wrong, in whole seconds.</summary>
    public void Set(TimeSpan offset)
    {
        // In one move, so that a process reads the old or the new, never nothing.
        var seconds = (long)offset.TotalSeconds;
        File.WriteAllText($"{file}.next", string.Create(CultureInfo.InvariantCulture, $"{seconds:+0;-0;+0}s\n"));
        File.Move($"{file}.next", file, overwrite: true);
    }
}
