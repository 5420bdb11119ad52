using System.Globalization;
using Jobtree.Actors.Operations;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Manifests;

namespace Jobtree.Simulation.Faults.Lives;

/// <summary>What clients do with runs.</summary>
internal static class RunActs
{
    private const ulong Which = 1;
    private const ulong Half = 2;

    /// <summary>Submits a new run.</summary>
    public static void Submit(Player player, Step step)
    {
        var draws = new Draws(player.ChanceOf(step));
        var owner = draws.Of(SettingDraws.Owners);
        var spec = new SettingDraws(draws).RunOf(owner);
        var run = new RunKey(owner[^1..], $"r{step.Number.ToString(CultureInfo.InvariantCulture)}");
        Submit(player, step, run, spec with { Follow = WaitActs.FollowOf(player, step, run.Namespace) }, again: false);
    }

    /// <summary>Submits a run that has ended again, as it was or changed.</summary>
    public static void SubmitAgain(Player player, Step step)
    {
        var chance = player.ChanceOf(step);
        var run = chance.Pick(player.Ended, Which);
        if (!player.World.Watch.Runs.TryGetValue(run, out var record))
            return;
        var spec = chance.Hits(0.5, Half) ? record.Spec : new SettingDraws(new Draws(chance)).RunOf(record.Owner);
        Submit(player, step, run, spec with { Owner = record.Owner }, again: true);
    }

    /// <summary>Sends an earlier command again.</summary>
    public static void Repeat(Player player, Step step)
    {
        var earlier = player.Client.Commands.Where(command => command.Submits is not null
            || command.Ends is not null || command.Holds is not null || command.Releases is not null);
        var operation = player.ChanceOf(step).Pick(earlier.Select(command => command.Operation), Which);
        if (operation is not null)
            player.Client.Send(player.Client.Commands.First(command => command.Operation == operation));
    }

    /// <summary>Reports the end of a running attempt.</summary>
    public static void Complete(Player player, Step step) => Complete(player, step, 0);

    /// <summary>Reports the end of an attempt that is over, or not yet there.</summary>
    public static void CompleteStale(Player player, Step step) =>
        Complete(player, step, player.ChanceOf(step).Hits(0.7, Half) ? -1 : 1);

    /// <summary>Cancels a run, whatever it does.</summary>
    public static void Cancel(Player player, Step step)
    {
        var chance = player.ChanceOf(step);
        var runs = chance.Hits(0.5, Half) ? player.Running : player.Waiting.Concat(player.World.Watch.Runs.Keys);
        var run = chance.Pick(runs, Which);
        if (run != default)
            player.Client.Do(new Command(OperationOf(step), $"cancel {run}", async (operations, operation) =>
                (await operations.CancelRun(run, operation)).Problem) { Ends = run });
    }

    /// <summary>Adds a sponsor to a waiting run.</summary>
    public static void AddSponsor(Player player, Step step)
    {
        var chance = player.ChanceOf(step);
        var run = chance.Pick(player.Waiting.Concat(player.KeptBack), Which);
        var sponsor = chance.Pick(SettingDraws.Owners, Half)!;
        if (run != default)
            player.Client.Do(new Command(OperationOf(step), $"sponsor {run} {sponsor}",
                async (operations, operation) => (await operations.AddSponsor(run, sponsor, operation)).Problem));
    }

    /// <summary>Reads what there is to read.</summary>
    public static void Read(Player player, Step step)
    {
        var run = player.ChanceOf(step).Pick(player.Waiting.Concat(player.World.Watch.Runs.Keys), Which);
        if (run == default)
            return;
        player.Client.Do(new Command(OperationOf(step), $"explain {run}", async (operations, _) =>
        {
            await operations.ExplainRun(run);
            await operations.ListFlavors();
            await operations.ListReservations();
            await operations.BudgetsUsage();
            return (await operations.GetRun(run)).Problem;
        }));
    }

    private static void Complete(Player player, Step step, int off)
    {
        var chance = player.ChanceOf(step);
        var run = chance.Pick(player.Running, Which);
        if (run == default)
            return;
        var attempt = player.States.Select(state => state.Running.GetValueOrDefault(run)).OfType<RunningRun>().First()
            .Demand.Attempt + off;
        var succeeded = chance.Hits(0.8, Half, 1);
        player.Client.Do(new Command(OperationOf(step),
            $"{(succeeded ? "complete" : "fail")} {run} attempt={attempt.ToString(CultureInfo.InvariantCulture)}",
            async (operations, operation) =>
                (await operations.CompleteRun(run, succeeded, null, operation, attempt)).Problem) { Ends = run });
    }

    /// <summary>Applies a run's manifest.</summary>
    internal static void Submit(Player player, Step step, RunKey run, RunSpec spec, bool again) =>
        player.Client.Do(new Command(OperationOf(step), StoryWords.Submit(run, spec, again),
            async (operations, operation) =>
                (await operations.Apply([new RunManifest(run, spec)], operation, again: again)).Problem)
        {
            Submits = run,
        });

    internal static string OperationOf(Step step) =>
        $"{step.Act.Name} {step.Number.ToString(CultureInfo.InvariantCulture)}";
}
