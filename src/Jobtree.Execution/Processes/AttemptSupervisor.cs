using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Jobtree.Execution.Processes;

/// <summary>
/// Starts the processes of an attempt, or adopts those of an earlier host, and supervises them to their end.
/// </summary>
internal sealed class AttemptSupervisor(
    ProcessExecutorOptions options, RankWrapper wrapper, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan KillPause = TimeSpan.FromSeconds(1);
    private readonly string boot = LinuxProcess.BootId();

    /// <summary>Runs an attempt that has no processes yet.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="cancel">Detaches from the processes, which keep running.</param>
    public async Task<AttemptEnd> Run(ProcessAttempt attempt, CancellationToken cancel)
    {
        if (!TrySpawn(attempt, out var ranks, out var problem))
            return Failed(problem!);
        return await Supervise(attempt, ranks, cancel);
    }

    /// <summary>Supervises an attempt whose processes were started by an earlier host.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="started">The started processes.</param>
    /// <param name="cancel">Detaches from the processes, which keep running.</param>
    public Task<AttemptEnd> Adopt(ProcessAttempt attempt, StartedRecord started, CancellationToken cancel)
    {
        // Process ids of another boot are meaningless now; a start time before boot never matches a process.
        var known = string.Equals(started.Boot, boot, StringComparison.Ordinal) ? started.Ranks
            : [.. started.Ranks.Select(static r => r with { StartTicks = -1 })];
        attempt.Processes = known;
        return Supervise(attempt, [.. known.Select(r => new RankProcess(r, null, options.PollInterval, time))], cancel);
    }

    private bool TrySpawn(ProcessAttempt attempt, out List<RankProcess> ranks, out string? problem)
    {
        ranks = [];
        var (folder, launch, plan) = (attempt.Folder, attempt.Launch!, attempt.Plan!);
        folder.CreateWorkAndLogs();
        var port = FreePort();
        var waiting = new List<Process>(plan.Ranks.Count);
        try
        {
            foreach (var rank in plan.Ranks)
            {
                var env = RankEnvironment.Of(launch, plan, rank, folder.WorkPath, port);
                if (!Programs.TryFind(plan.Command[0], env.GetValueOrDefault("PATH"), folder.WorkPath, out var program,
                    out problem))
                    return false;
                waiting.Add(wrapper.Start(folder, rank.Number, program, plan.Command.Skip(1), env));
            }
            var records = plan.Ranks.Select((r, i) =>
                new RankRecord(r.Number, waiting[i].Id, LinuxProcess.Stat(waiting[i].Id)?.StartTicks ?? -1)).ToList();
            folder.Started = new StartedRecord(boot, records);
            attempt.Processes = records;
            ranks = [.. records.Select((record, i) => new RankProcess(record, waiting[i], options.PollInterval, time))];
        }
        catch (Win32Exception e)
        {
            problem = $"The command '{plan.Command[0]}' could not be started: {e.Message}.";
            return false;
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

    private async Task<AttemptEnd> Supervise(ProcessAttempt attempt, List<RankProcess> ranks, CancellationToken cancel)
    {
        try
        {
            var (failure, stopped) = await WaitForOutcome(attempt, ranks, cancel);
            if (!await StrayProcesses.End(attempt.Folder, [.. ranks.Select(static r => r.Record)], time, cancel))
                logger.LogWarning("{Attempt} has ended, but processes of it could not be.", attempt.Id);
            return stopped ? new AttemptEnd(true, false, "Stopped.", time.GetUtcNow())
                : failure is not null ? Failed(failure)
                : new AttemptEnd(false, true, ranks.Count == 1 ? "The process ended with exit code 0."
                    : $"All {ranks.Count} ranks ended with exit code 0.", time.GetUtcNow());
        }
        finally
        {
            ranks.ForEach(static r => r.Dispose());
        }
    }

    private async Task<(string? Failure, bool Stopped)> WaitForOutcome(
        ProcessAttempt attempt, List<RankProcess> ranks, CancellationToken cancel)
    {
        var running = ranks.ToDictionary(static rank => rank, rank => rank.WaitForEnd(cancel));
        while (running.Count > 0)
        {
            if (await Task.WhenAny([.. running.Values, attempt.StopRequested]) == attempt.StopRequested)
            {
                await EndAll(running, cancel);
                return (null, true);
            }
            var rank = running.First(static r => r.Value.IsCompleted).Key;
            running.Remove(rank, out var ended);
            await ended!;
            if (FailureOf(attempt, rank.Record.Rank) is not { } failure)
                continue;
            await EndAll(running, cancel);
            return (failure, false);
        }
        return (null, false);
    }

    private async Task EndAll(Dictionary<RankProcess, Task> running, CancellationToken cancel)
    {
        var ends = Task.WhenAll(running.Values);
        foreach (var rank in running.Keys)
            rank.SignalGroup(LinuxProcess.SignalTerminate);
        if (!await EndsWithin(ends, options.StopGrace, cancel))
        {
            do
            {
                foreach (var rank in running.Keys)
                    rank.SignalGroup(LinuxProcess.SignalKill);
            }
            while (!await EndsWithin(ends, KillPause, cancel));
        }
        await ends;
    }

    private async Task<bool> EndsWithin(Task ends, TimeSpan limit, CancellationToken cancel)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var first = await Task.WhenAny(ends, Task.Delay(limit, time, enough.Token));
        await enough.CancelAsync();
        cancel.ThrowIfCancellationRequested();
        return first == ends;
    }

    private static string? FailureOf(ProcessAttempt attempt, int rank)
    {
        var end = ExitCodes.Describe(attempt.Folder.ReadExit(rank));
        if (end is null)
            return null;
        var where = attempt.Plan?.Ranks.FirstOrDefault(r => r.Number == rank) is { } known ? $" on {known.Slots.Node}"
            : "";
        return $"Rank {rank}{where} {end}.";
    }

    private AttemptEnd Failed(string message) => new(false, false, message, time.GetUtcNow());

    // The port is free now; another program could take it before rank 0 does. All launchers of this kind share that
    // race.
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
