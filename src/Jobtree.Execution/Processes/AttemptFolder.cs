using System.Globalization;
using Jobtree.Actors.Ports;

namespace Jobtree.Execution.Processes;

/// <summary>
/// What is known on disk of an attempt, and where its processes work and print. The files appear in this order:
/// <c>launch.json</c> (accepted), <c>started.json</c> (its processes exist), <c>rank-n.exit</c> (a rank's exit code,
/// written by its wrapper), <c>stop</c> (it is to end), <c>ended.json</c>, <c>reported</c> (the fleet took the report).
/// </summary>
internal sealed class AttemptFolder(AttemptId id, string path, string logs)
{
    /// <summary>The attempt.</summary>
    public AttemptId Id => id;

    /// <summary>The working directory of its processes.</summary>
    public string WorkPath => Path.Combine(path, "work");

    /// <summary>The folder of its output.</summary>
    public string LogPath => logs;

    /// <summary>Whether a launch of it was accepted.</summary>
    public bool HasLaunch => File.Exists(LaunchPath);

    /// <summary>Whether it was told to end.</summary>
    public bool IsStopped => File.Exists(StopPath);

    /// <summary>Whether the fleet took the report of its end.</summary>
    public bool IsReported => File.Exists(ReportedPath);

    private string LaunchPath => Path.Combine(path, "launch.json");

    private string StartedPath => Path.Combine(path, "started.json");

    private string EndedPath => Path.Combine(path, "ended.json");

    private string StopPath => Path.Combine(path, "stop");

    private string ReportedPath => Path.Combine(path, "reported");

    /// <summary>Makes the folder.</summary>
    public void Create() => OwnerOnly.CreateFolder(path);

    /// <summary>Makes the working directory and an empty folder for the output.</summary>
    public void CreateWorkAndLogs()
    {
        OwnerOnly.CreateFolder(WorkPath);
        if (Directory.Exists(logs))
            Directory.Delete(logs, recursive: true);
        OwnerOnly.CreateFolder(logs);
    }

    /// <summary>What was to be started.</summary>
    public Launch? Launch
    {
        get => OwnerOnly.ReadJson(LaunchPath, AttemptJson.Default.Launch);
        set => OwnerOnly.WriteJson(LaunchPath, value!, AttemptJson.Default.Launch);
    }

    /// <summary>The processes.</summary>
    public StartedRecord? Started
    {
        get => OwnerOnly.ReadJson(StartedPath, AttemptJson.Default.StartedRecord);
        set => OwnerOnly.WriteJson(StartedPath, value!, AttemptJson.Default.StartedRecord);
    }

    /// <summary>How it ended.</summary>
    public AttemptEnd? End
    {
        get => OwnerOnly.ReadJson(EndedPath, AttemptJson.Default.AttemptEnd);
        set => OwnerOnly.WriteJson(EndedPath, value!, AttemptJson.Default.AttemptEnd);
    }

    /// <summary>Notes that it is to end.</summary>
    public void MarkStopped() => OwnerOnly.Mark(StopPath);

    /// <summary>Notes that the fleet took the report.</summary>
    public void MarkReported()
    {
        if (Directory.Exists(path))
            OwnerOnly.Mark(ReportedPath);
    }

    /// <summary>Where a rank's wrapper writes its exit code.</summary>
    /// <param name="rank">The rank.</param>
    public string ExitPath(int rank) =>
        Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"rank-{rank}.exit"));

    /// <summary>Where a rank prints.</summary>
    /// <param name="rank">The rank.</param>
    /// <param name="stream"><c>out</c> or <c>err</c>.</param>
    public string OutputPath(int rank, string stream) =>
        Path.Combine(logs, string.Create(CultureInfo.InvariantCulture, $"rank-{rank}.{stream}"));

    /// <summary>A rank's exit code, once its wrapper has written it whole.</summary>
    /// <param name="rank">The rank.</param>
    public int? ReadExit(int rank)
    {
        var file = ExitPath(rank);
        if (!File.Exists(file))
            return null;
        var text = File.ReadAllText(file);
        return text.EndsWith('\n') && int.TryParse(
            text.AsSpan().TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : null;
    }

    /// <summary>Deletes everything that is kept of the attempt; links in it are removed, not followed.</summary>
    /// <param name="withLogs">Whether the output goes too; it does not when a later run of the same name has taken its
    /// place.</param>
    public void Delete(bool withLogs)
    {
        if (withLogs && Directory.Exists(logs))
            Directory.Delete(logs, recursive: true);
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }
}
