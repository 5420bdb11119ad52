using System.Globalization;
using Jobtree.Core.Model;

namespace Jobtree.Execution.Processes;

/// <summary>
/// The running ranks of an attempt, until all have ended, one has failed for good, or a stop is requested. A rank
/// without a role fails the attempt when it fails; one with a role does what the role's policy says.
/// </summary>
/// <param name="attempt">The attempt.</param>
/// <param name="ranks">Its ranks.</param>
/// <param name="starter">Starts single ranks again.</param>
/// <param name="time">The clock.</param>
internal sealed class Gang(ProcessAttempt attempt, List<RankProcess> ranks, RankStarter starter, TimeProvider time)
    : IDisposable
{
    private readonly Dictionary<RankProcess, Task> running = [];
    /// <summary>The ranks that are to be started again, with their pauses.</summary>
    private readonly Dictionary<RankProcess, Task> pausing = [];
    private readonly List<string> ignored = [];

    /// <summary>The ranks that run, and their ends.</summary>
    public IReadOnlyDictionary<RankProcess, Task> Running => running;

    /// <summary>What to say when all have ended and none has failed for good.</summary>
    public string SuccessMessage => ignored.Count > 0
        ? string.Create(CultureInfo.InvariantCulture,
            $"{ranks.Count - ignored.Count} of {ranks.Count} ranks ended with exit code 0; ignored: {ignored[0]}")
        : ranks.Count == 1 ? "The process ended with exit code 0." : $"All {ranks.Count} ranks ended with exit code 0.";

    /// <summary>Waits for the outcome. Ranks may still run if it is a failure or a stop.</summary>
    /// <param name="cancel">Cancels the wait; the processes keep running.</param>
    public async Task<(string? Failure, bool Stopped)> Outcome(CancellationToken cancel)
    {
        foreach (var rank in ranks)
            running.Add(rank, rank.WaitForEnd(cancel));
        while (running.Count + pausing.Count > 0)
        {
            if (await Task.WhenAny([.. running.Values, .. pausing.Values, attempt.StopRequested])
                == attempt.StopRequested)
                return (null, true);
            if (await Ended() is { } ended && Failure(ended, cancel) is { } failure)
                return (failure, false);
            if (await Paused() is { } paused && Restart(paused, cancel) is { } problem)
                return (problem, false);
        }
        return (null, false);
    }

    public void Dispose() => ranks.ForEach(static rank => rank.Dispose());

    private Task<RankProcess?> Ended() => TakeFirst(running);

    private Task<RankProcess?> Paused() => TakeFirst(pausing);

    private static async Task<RankProcess?> TakeFirst(Dictionary<RankProcess, Task> tasks)
    {
        var rank = tasks.FirstOrDefault(static entry => entry.Value.IsCompleted).Key;
        if (rank is null)
            return null;
        tasks.Remove(rank, out var task);
        await task!;
        return rank;
    }

    /// <summary>Applies the policy of a rank that has ended: why the attempt fails; null if it goes on.</summary>
    private string? Failure(RankProcess ended, CancellationToken cancel)
    {
        var number = ended.Record.Rank;
        if (ExitCodes.Describe(attempt.Folder.ReadExit(number)) is not { } end)
            return null;
        var rank = attempt.Plan!.Ranks.FirstOrDefault(rank => rank.Number == number);
        var role = rank?.Work.Role;
        var failure = $"{rank?.Title ?? $"Rank {number}"} {end}";
        var restarts = ended.Record.Restarts;
        switch (role?.FailurePolicy)
        {
            case PodFailurePolicy.Ignore:
                ignored.Add($"{failure}.");
                return null;
            case PodFailurePolicy.Retry when restarts < role.Retries:
                pausing.Add(ended, Task.Delay(role.PauseBefore(restarts + 1), time, cancel));
                return null;
            default:
                return restarts == 0 ? $"{failure}." : string.Create(CultureInfo.InvariantCulture,
                    $"{failure}, after {restarts} new start{(restarts == 1 ? "" : "s")}.");
        }
    }

    private string? Restart(RankProcess last, CancellationToken cancel)
    {
        var rank = attempt.Plan!.Ranks.First(rank => rank.Number == last.Record.Rank);
        if (!starter.TryStartAgain(attempt, rank, last.Record, out var again, out var problem))
            return problem;
        ranks[ranks.IndexOf(last)] = again!;
        last.Dispose();
        running.Add(again!, again!.WaitForEnd(cancel));
        return null;
    }
}
