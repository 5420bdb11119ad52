using Jobtree.Core.Model;

namespace Jobtree.Simulation.Faults.Lives;

/// <summary>What keeps runs out of the queue: runs that they follow, and people who hold them.</summary>
internal static class WaitActs
{
    private const ulong Which = 1;
    private const ulong Other = 2;
    private const ulong Follows = 11;
    private const ulong First = 12;
    private const ulong Second = 13;
    private const ulong Later = 14;
    private const ulong Fails = 15;
    private const ulong Grace = 16;
    private const int AheadMax = 12;
    private const int GraceMax = 40;

    /// <summary>Holds a run: mostly one that waits.</summary>
    public static void Hold(Player player, Step step)
    {
        var chance = player.ChanceOf(step);
        var runs = player.Waiting.Concat(player.KeptBack);
        var run = chance.Pick(chance.Hits(0.9, Other) ? runs : player.World.Watch.Runs.Keys, Which);
        if (run != default)
            player.Client.Do(new Command(RunActs.OperationOf(step), $"hold {run}", async (operations, operation) =>
                (await operations.HoldRun(run, null, operation)).Problem) { Holds = run });
    }

    /// <summary>Releases a run: mostly one that is held.</summary>
    public static void Release(Player player, Step step)
    {
        var chance = player.ChanceOf(step);
        var run = chance.Pick(chance.Hits(0.9, Other) ? player.Held : player.World.Watch.Runs.Keys, Which);
        if (run != default)
            player.Client.Do(new Command(RunActs.OperationOf(step), $"release {run}", async (operations, operation) =>
                (await operations.ReleaseRun(run, operation)).Problem) { Releases = run });
    }

    /// <summary>What a new run follows: now and then one or two runs of its namespace, or one that may come later.
    /// </summary>
    public static Follow? FollowOf(Player player, Step step, string space)
    {
        var chance = player.ChanceOf(step);
        if (!chance.Hits(0.2, Follows))
            return null;
        var known = player.World.Watch.Runs.Keys.Where(run => run.Namespace == space).ToArray();
        List<string> after = [];
        if (known.Length > 0 && !chance.Hits(0.1, Later))
            after.Add(chance.Pick(known, First).Name);
        if (known.Length > 1 && chance.Hits(0.3, Second))
            after.Add(chance.Pick(known, Second).Name);
        if (after.Count == 0)
            after.Add($"r{step.Number + 1 + chance.Below(AheadMax, Later, 1)}");
        return new Follow
        {
            After = [.. after.Distinct()],
            OnUpstreamFailure = chance.Hits(0.3, Fails) ? UpstreamFailure.Fail : UpstreamFailure.Wait,
            Grace = chance.Hits(0.5, Grace) ? TimeSpan.FromMinutes(1 + chance.Below(GraceMax, Grace, 1)) : null,
        };
    }
}
