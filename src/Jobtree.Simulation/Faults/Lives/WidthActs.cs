using System.Globalization;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;

namespace Jobtree.Simulation.Faults.Lives;

/// <summary>Changes of the width of elastic runs.</summary>
internal static class WidthActs
{
    private const ulong Which = 1;
    private const ulong Steps = 2;
    private const int StepsMax = 3;

    /// <summary>Shrinks an elastic run by one or two steps.</summary>
    public static void Shrink(Player player, Step step)
    {
        if (Elastic(player, step) is not { } record)
            return;
        var gpus = record.Spec.Malleable!.StepGPUs * (1 + (int)player.ChanceOf(step).Below(2, Steps));
        var words = $"shrink {record.Key} {gpus.ToString(CultureInfo.InvariantCulture)}";
        player.Client.Do(new Command(RunActs.OperationOf(step), words, async (operations, operation) =>
            (await operations.ShrinkRun(record.Key, gpus, operation)).Problem));
    }

    /// <summary>Applies an elastic run's manifest with another desired width.</summary>
    public static void Apply(Player player, Step step)
    {
        if (Elastic(player, step) is not { } record)
            return;
        var spec = record.SubmittedSpec ?? record.Spec;
        var widths = spec.Malleable!;
        var steps = (widths.MaxTotalGPUs - widths.MinTotalGPUs) / widths.StepGPUs;
        var desired = widths.MinTotalGPUs + (widths.StepGPUs * (int)player.ChanceOf(step).Below(steps + 1, Steps));
        spec = spec with { Malleable = widths with { DesiredTotalGPUs = desired } };
        RunActs.Submit(player, step, record.Key, spec, again: false);
    }

    /// <summary>Widths for a run: its own is one of them.</summary>
    public static Malleable WidthsOf(Draws draws, int gpus, int? group)
    {
        var size = group ?? draws.Between(1, 2);
        var below = draws.Between(0, (gpus - 1) / size);
        var above = draws.Between(below == 0 ? 1 : 0, StepsMax);
        var least = gpus - (below * size);
        return new Malleable
        {
            MinTotalGPUs = least,
            MaxTotalGPUs = gpus + (above * size),
            StepGPUs = size,
            DesiredTotalGPUs = draws.Hits(0.4) ? least + (size * draws.Between(0, below + above)) : null,
        };
    }

    private static RunRecord? Elastic(Player player, Step step)
    {
        var open = player.World.Watch.Runs.Values.Where(run => run is { IsOver: false, Spec.Malleable: not null });
        var run = player.ChanceOf(step).Pick(open.Select(run => run.Key), Which);
        return player.World.Watch.Runs.GetValueOrDefault(run);
    }
}
