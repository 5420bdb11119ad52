using System.Globalization;
using System.Text.RegularExpressions;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Execution.Processes;

/// <summary>
/// Reads the output files of the process executor. Only file names that it would list itself are opened.
/// </summary>
internal sealed partial class RunLogs(AttemptStore store) : IRunLogs
{
    /// <inheritdoc/>
    public IReadOnlyList<string> List(RunKey run)
    {
        if (!AttemptStore.IsSafe(run) || !Directory.Exists(store.LogsOf(run)))
            return [];
        var files = new List<(int Attempt, int Rank, string File)>();
        foreach (var attempt in Directory.EnumerateDirectories(store.LogsOf(run)))
        foreach (var path in EnumerateFiles(attempt))
        {
            var file = $"{Path.GetFileName(attempt)}/{Path.GetFileName(path)}";
            if (TryRead(file, out var number, out var rank))
                files.Add((number, rank, file));
        }
        return [.. files.OrderByDescending(f => f.Attempt).ThenBy(f => f.Rank)
            .ThenByDescending(f => f.File, StringComparer.Ordinal).Select(f => f.File)];
    }

    /// <inheritdoc/>
    public Stream? Open(RunKey run, string file)
    {
        if (!AttemptStore.IsSafe(run) || !TryRead(file, out _, out _))
            return null;
        // A workload could replace its output by a link, whose target is not output, or by a pipe that never ends.
        return RegularFile.Open(store.LogsPath, $"{run.Namespace}/{run.Name}/{file}") is { } handle
            ? new FileStream(handle, FileAccess.Read) : null;
    }

    // Attempts may be pruned while their logs are listed.
    private static string[] EnumerateFiles(string folder)
    {
        try
        {
            return Directory.GetFiles(folder);
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static bool TryRead(string file, out int attempt, out int rank)
    {
        var match = FileName().Match(file);
        attempt = rank = 0;
        return match.Success
            && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out attempt)
            && int.TryParse(match.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out rank);
    }

    [GeneratedRegex(@"\A([0-9]{1,9})/rank-([0-9]{1,9})\.(out|err)\z", RegexOptions.CultureInvariant)]
    private static partial Regex FileName();
}
