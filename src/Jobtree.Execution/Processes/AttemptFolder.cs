using System.Globalization;
using Jobtree.Actors.Ports;
using Jobtree.Execution.Processes.Users;

namespace Jobtree.Execution.Processes;

/// <summary>
/// The files of an attempt, and the paths of its working directory and output. The files appear in this order:
/// <c>launch.json</c> (accepted), <c>started.json</c> (the processes exist), <c>rank-n.exit</c> (a rank's exit code,
/// written by its wrapper), <c>stop</c> (stop requested), <c>ended.json</c>, <c>reported</c> (the fleet accepted the
/// report).
/// </summary>
internal sealed class AttemptFolder(AttemptId id, string path, string logs, bool othersWork = false)
{
    /// <summary>The attempt.</summary>
    public AttemptId Id => id;

    /// <summary>The working directory of the processes.</summary>
    public string WorkPath => Path.Combine(path, "work");

    /// <summary>The folder of the output.</summary>
    public string LogPath => logs;

    /// <summary>Whether a launch was accepted.</summary>
    public bool HasLaunch => File.Exists(LaunchPath);

    /// <summary>Whether a stop was requested.</summary>
    public bool IsStopped => File.Exists(StopPath);

    /// <summary>Whether the fleet accepted the report of its end.</summary>
    public bool IsReported => File.Exists(ReportedPath);

    private string LaunchPath => Path.Combine(path, "launch.json");

    private string StartedPath => Path.Combine(path, "started.json");

    private string EndedPath => Path.Combine(path, "ended.json");

    private string StopPath => Path.Combine(path, "stop");

    private string ReportedPath => Path.Combine(path, "reported");

    /// <summary>Creates the folder.</summary>
    public void Create() => OwnerOnly.CreateFolder(path, othersWork);

    /// <summary>Creates the working directory and an output folder.</summary>
    /// <param name="user">Who works in it; null: the user of this host.</param>
    /// <param name="keepsLogs">Whether output that is there is kept: that of the same attempt on other GPUs.</param>
    public void CreateWorkAndLogs(HostUser? user = null, bool keepsLogs = false)
    {
        OwnerOnly.CreateFolder(WorkPath);
        WorkloadUsers.Give(WorkPath, user);
        if (Directory.Exists(logs) && keepsLogs)
            return;
        if (Directory.Exists(logs))
            Directory.Delete(logs, recursive: true);
        OwnerOnly.CreateFolder(logs, othersWork);
    }

    /// <summary>The accepted launch.</summary>
    public Launch? Launch
    {
        get => OwnerOnly.ReadJson(LaunchPath, AttemptJson.Default.Launch);
        set => OwnerOnly.WriteJson(LaunchPath, value!, AttemptJson.Default.Launch);
    }

    /// <summary>The started processes.</summary>
    public StartedRecord? Started
    {
        get => OwnerOnly.ReadJson(StartedPath, AttemptJson.Default.StartedRecord);
        set => OwnerOnly.WriteJson(StartedPath, value!, AttemptJson.Default.StartedRecord);
    }

    /// <summary>Removes what is written down of processes that were stopped, to start others.</summary>
    /// <param name="ranks">Their ranks.</param>
    public void ForgetProcesses(IEnumerable<int> ranks)
    {
        File.Delete(StartedPath);
        foreach (var rank in ranks)
            File.Delete(ExitPath(rank));
    }

    /// <summary>How the attempt ended.</summary>
    public AttemptEnd? End
    {
        get => OwnerOnly.ReadJson(EndedPath, AttemptJson.Default.AttemptEnd);
        set => OwnerOnly.WriteJson(EndedPath, value!, AttemptJson.Default.AttemptEnd);
    }

    /// <summary>Marks the attempt as to be stopped.</summary>
    public void MarkStopped() => OwnerOnly.Mark(StopPath);

    /// <summary>Marks the report as accepted by the fleet.</summary>
    public void MarkReported()
    {
        if (Directory.Exists(path))
            OwnerOnly.Mark(ReportedPath);
    }

    /// <summary>The file to which a rank's wrapper writes the exit code.</summary>
    /// <param name="rank">The rank.</param>
    public string ExitPath(int rank) =>
        Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"rank-{rank}.exit"));

    /// <summary>The file of a rank's output.</summary>
    /// <param name="rank">The rank.</param>
    /// <param name="stream"><c>out</c> or <c>err</c>.</param>
    public string OutputPath(int rank, string stream) =>
        Path.Combine(logs, string.Create(CultureInfo.InvariantCulture, $"rank-{rank}.{stream}"));

    /// <summary>A rank's exit code, once its wrapper has written it completely.</summary>
    /// <param name="rank">The rank.</param>
    public int? ReadExit(int rank)
    {
        return RegularFile.ReadText(ExitPath(rank)) is { } text && text.EndsWith('\n') && int.TryParse(
            text.AsSpan().TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : null;
    }

    /// <summary>Forgets a rank's exit code, because the rank is started again.</summary>
    /// <param name="rank">The rank.</param>
    /// <param name="user">Who writes the next one; null: the user of this host.</param>
    public void ForgetExit(int rank, HostUser? user)
    {
        OwnerOnly.CreateFile(ExitPath(rank));
        WorkloadUsers.Give(ExitPath(rank), user);
    }

    /// <summary>Deletes the attempt's files; links are removed, not followed.</summary>
    /// <param name="withLogs">Whether to delete the output too; not if a later run of the same name has replaced
    /// it.</param>
    public void Delete(bool withLogs)
    {
        if (withLogs && Directory.Exists(logs))
            Directory.Delete(logs, recursive: true);
        // The folder may be another user's, who could put a link in the place of a folder while it is deleted; this
        // program holds each folder open and follows none.
        if (Directory.Exists(path))
            Programs.Output(Programs.FindSystem("rm"), ["-rf", "--", path]);
        if (Directory.Exists(path))
            throw new IOException($"{path} could not be deleted.");
    }
}
