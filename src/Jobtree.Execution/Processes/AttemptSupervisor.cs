using Jobtree.Execution.Processes.Containment;
using Microsoft.Extensions.Logging;

namespace Jobtree.Execution.Processes;

/// <summary>
/// Starts the processes of an attempt, or adopts those of an earlier host, and supervises them to their end.
/// </summary>
internal sealed class AttemptSupervisor(
    ProcessExecutorOptions options, RankStarter starter, Containments containments, TimeProvider time, ILogger logger)
{
    private const int KillsUntilTold = 5;
    private static readonly TimeSpan KillPause = TimeSpan.FromSeconds(1);

    /// <summary>Runs an attempt that has no processes yet.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="cancel">Detaches from the processes, which keep running.</param>
    public async Task<AttemptEnd> Run(ProcessAttempt attempt, CancellationToken cancel)
    {
        if (!starter.TryStart(attempt, out var ranks, out var problem))
        {
            await EndStrays(attempt, cancel);
            return Failed(problem!);
        }
        return await Supervise(attempt, ranks, cancel);
    }

    /// <summary>Supervises an attempt whose processes were started by an earlier host.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="started">The started processes.</param>
    /// <param name="cancel">Detaches from the processes, which keep running.</param>
    public Task<AttemptEnd> Adopt(ProcessAttempt attempt, StartedRecord started, CancellationToken cancel)
    {
        // Process ids of another boot are meaningless now; a start time before boot never matches a process.
        var known = string.Equals(started.Boot, starter.Boot, StringComparison.Ordinal) ? started.Ranks
            : [.. started.Ranks.Select(static r => r with { StartTicks = -1 })];
        attempt.Processes = known;
        attempt.Group = ReferenceEquals(known, started.Ranks) ? started.Group : null;
        return Supervise(attempt, [.. known.Select(r => new RankProcess(r, null, options.PollInterval, time))], cancel);
    }

    private async Task<AttemptEnd> Supervise(ProcessAttempt attempt, List<RankProcess> ranks, CancellationToken cancel)
    {
        using var gang = new Gang(attempt, ranks, starter, time);
        var outcome = await gang.Outcome(cancel);
        if (outcome.Failure is not null || outcome.Stopped)
            await EndAll(gang.Running, cancel);
        await EndStrays(attempt, cancel);
        return outcome.Stopped ? new AttemptEnd(true, false, "Stopped.", time.GetUtcNow())
            : outcome.Failure is { } failure ? Failed(failure)
            : new AttemptEnd(false, true, gang.SuccessMessage, time.GetUtcNow());
    }

    private async Task EndStrays(ProcessAttempt attempt, CancellationToken cancel)
    {
        if (!await containments.End(attempt, cancel))
            logger.LogError("{Attempt} has ended, but processes of it could not be; this goes on trying.", attempt.Id);
    }

    private async Task EndAll(IReadOnlyDictionary<RankProcess, Task> running, CancellationToken cancel)
    {
        var ends = Task.WhenAll(running.Values);
        foreach (var rank in running.Keys)
            rank.SignalGroup(LinuxProcess.SignalTerminate);
        if (!await EndsWithin(ends, options.StopGrace, cancel))
            await KillAll(running.Keys, ends, cancel);
        await ends;
    }

    private async Task KillAll(IEnumerable<RankProcess> ranks, Task ends, CancellationToken cancel)
    {
        var kills = 0;
        try
        {
            do
            {
                foreach (var rank in ranks)
                    rank.SignalGroup(LinuxProcess.SignalKill);
                if (++kills == KillsUntilTold)
                    containments.Resists(1);
            }
            while (!await EndsWithin(ends, KillPause, cancel));
        }
        finally
        {
            if (kills >= KillsUntilTold)
                containments.Resists(-1);
        }
    }

    private async Task<bool> EndsWithin(Task ends, TimeSpan limit, CancellationToken cancel)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var first = await Task.WhenAny(ends, Task.Delay(limit, time, enough.Token));
        await enough.CancelAsync();
        cancel.ThrowIfCancellationRequested();
        return first == ends;
    }

    private AttemptEnd Failed(string message) => new(false, false, message, time.GetUtcNow());
}
