using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Jobtree.Execution.Processes.Containment;
using Jobtree.Execution.Processes.Users;

namespace Jobtree.Execution.Processes;

/// <summary>Starts the processes of an attempt, and single ones of them again.</summary>
internal sealed class RankStarter(ProcessExecutorOptions options, RankWrapper wrapper, Containments containments,
    WorkloadUsers users, SecretsFolder secrets, TimeProvider time)
{
    /// <summary>The boot id of this machine.</summary>
    public string Boot { get; } = LinuxProcess.BootId();

    /// <summary>Starts all ranks, or none.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="ranks">The started ranks.</param>
    /// <param name="problem">Why none was started.</param>
    public bool TryStart(ProcessAttempt attempt, out List<RankProcess> ranks, out string? problem)
    {
        ranks = [];
        var (folder, plan) = (attempt.Folder, attempt.Plan!);
        if (!users.TryFind(attempt.Launch!, out var user, out problem))
            return false;
        folder.CreateWorkAndLogs(user, attempt.IsRestart);
        attempt.Group = containments.CreateGroup(attempt.Id);
        var port = FreePort();
        var waiting = new List<Process>(plan.Ranks.Count);
        try
        {
            foreach (var rank in plan.Ranks)
            {
                if (!TryWrap(attempt, rank, port, user, isAgain: false, out var process, out problem))
                    return false;
                waiting.Add(process!);
            }
            var records = plan.Ranks.Select((r, i) => RecordOf(r.Number, waiting[i], 0)).ToList();
            folder.Started = new StartedRecord(Boot, records, port, attempt.Group);
            attempt.Processes = records;
            ranks = [.. records.Select((record, i) => new RankProcess(record, waiting[i], options.PollInterval, time))];
        }
        finally
        {
            // No rank runs anything before the record is on disk; if one rank could not be started, none ever does.
            if (ranks.Count == 0)
                waiting.ForEach(RankWrapper.Dismiss);
        }
        waiting.ForEach(RankWrapper.Release);
        problem = null;
        return true;
    }

    /// <summary>
    /// Starts a rank again. The record of the new process is on disk before the old exit code goes and before the
    /// command runs, so a host that takes over in between counts the start and finds no second process.
    /// </summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="rank">The rank.</param>
    /// <param name="last">Its last process.</param>
    /// <param name="again">Its new process.</param>
    /// <param name="problem">Why it was not started.</param>
    public bool TryStartAgain(
        ProcessAttempt attempt, Rank rank, RankRecord last, out RankProcess? again, out string? problem)
    {
        again = null;
        var started = attempt.Folder.Started!;
        if (!users.TryFind(attempt.Launch!, out var user, out problem)
            || !TryWrap(attempt, rank, started.MasterPort, user, isAgain: true, out var process, out problem))
            return false;
        var isRecorded = false;
        try
        {
            var record = RecordOf(rank.Number, process!, last.Restarts + 1);
            RankRecord[] records = [.. attempt.Processes!.Select(r => r.Rank == rank.Number ? record : r)];
            attempt.Folder.Started = started with { Boot = Boot, Ranks = records };
            attempt.Processes = records;
            attempt.Folder.ForgetExit(rank.Number, user);
            isRecorded = true;
            again = new RankProcess(record, process, options.PollInterval, time);
        }
        finally
        {
            if (!isRecorded)
                RankWrapper.Dismiss(process!);
        }
        RankWrapper.Release(process!);
        return true;
    }

    private bool TryWrap(ProcessAttempt attempt, Rank rank, int port, HostUser? user, bool isAgain,
        out Process? process, out string? problem)
    {
        process = null;
        var command = rank.Work.Command;
        if (!TryReadSecrets(attempt.Id.Run.Namespace, rank, out var values, out problem))
            return false;
        var env = RankEnvironment.Of(
            attempt.Launch!, attempt.Plan!, rank, attempt.Folder.WorkPath, port, values, user);
        var program = command[0];
        problem = null;
        // What this host sees must not tell another user which files there are: that user looks by itself.
        if (user is null && !Programs.TryFind(
            command[0], env.GetValueOrDefault("PATH"), attempt.Folder.WorkPath, out program, out problem))
            return false;
        try
        {
            process = wrapper.Start(attempt.Folder, rank.Number, [program!, .. command.Skip(1)], env,
                containments.MarkOf(attempt.Id), user, isAgain);
            containments.Enter(attempt, process.Id);
            return true;
        }
        catch (Win32Exception e)
        {
            problem = $"The command '{command[0]}' could not be started: {e.Message}.";
            return false;
        }
    }

    private bool TryReadSecrets(
        string space, Rank rank, out Dictionary<string, string> values, out string? problem)
    {
        values = [];
        problem = null;
        foreach (var (variable, reference) in rank.Work.Secrets)
        {
            if (!secrets.TryRead(space, variable, reference, out var value, out problem))
                return false;
            values.Add(variable, value);
        }
        return true;
    }

    private static RankRecord RecordOf(int rank, Process process, int restarts) =>
        new(rank, process.Id, LinuxProcess.Stat(process.Id)?.StartTicks ?? -1, restarts);

    // The port is free now; another program could take it before rank 0 does. All launchers of this kind share that
    // race.
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
