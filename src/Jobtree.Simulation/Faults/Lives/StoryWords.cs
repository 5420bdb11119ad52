using System.Globalization;
using Jobtree.Core.Model;
using Jobtree.Simulation.Faults.Hosting;

namespace Jobtree.Simulation.Faults.Lives;

/// <summary>Says what is in a life in the words of the stories of the actors' tests.</summary>
internal static class StoryWords
{
    /// <summary>A submission.</summary>
    public static string Submit(RunKey run, RunSpec spec, bool again)
    {
        var words = $"submit {run} owner={spec.Owner} gpus={Number(spec.Resources.TotalGPUs)}";
        if (spec.Resources.GpuType != SettingDraws.Flavors[0])
            words += $" flavor={spec.Resources.GpuType}";
        if (spec.Locality?.GroupGPUs is { } group)
            words += $" group={Number(group)}";
        if (spec.Locality is { AllowCrossGroupSpread: false })
            words += " one-domain";
        if (spec.Locality?.Level is { } level)
            words += $" level={level.ToString().ToLowerInvariant()}"
                + (spec.Locality.LevelPolicy == LevelPolicy.Required ? "!" : "");
        if (spec.Locality?.Selector is { } selector)
            words += $" on={string.Join(',', selector.Values)}";
        if (spec.Runtime?.Checkpoint is { } checkpoint)
            words += $" checkpoint={Number((int)checkpoint.TotalMinutes)}m";
        if (spec.Runtime?.ExpectedDuration is { } expected)
            words += $" expected={Number((int)expected.TotalMinutes)}m";
        if (spec.Funding is { } funding)
            words += $" sponsors={string.Join(',', funding.Sponsors)}"
                + (funding.MaxBorrowGPUs is { } most ? $" borrow-max={Number(most)}" : "");
        if (spec.SparesPerGroup > 0)
            words += $" spares={Number(spec.SparesPerGroup)}";
        if (spec.Malleable is { } widths)
            words += $" range={Number(widths.MinTotalGPUs)}..{Number(widths.MaxTotalGPUs)}/{Number(widths.StepGPUs)}"
                + (widths.DesiredTotalGPUs is { } desired ? $" desired={Number(desired)}" : "");
        if (spec.Runtime?.OnNodeFailure is { } policy)
            words += policy == NodeFailurePolicy.Fail ? " failure=fail" : " failure=requeue";
        if (spec.Follow is { } follow)
            words += $" after={string.Join(',', follow.After)}"
                + (follow.Grace is { } grace ? $" grace={Number((int)grace.TotalMinutes)}m" : "")
                + (follow.OnUpstreamFailure == UpstreamFailure.Fail ? " upstream=fail" : "");
        return again ? words + " again" : words;
    }

    /// <summary>A node.</summary>
    public static string Put(Node node) =>
        $"node {node.Name} gpus={Number(node.Gpus)} domain={node.Labels.GetValueOrDefault(NodeLabels.FabricDomain)}"
        + (node.Labels.TryGetValue(NodeLabels.Rack, out var rack) ? $" rack={rack}" : "")
        + (node.Flavor == SettingDraws.Flavors[0] ? "" : $" flavor={node.Flavor}");

    /// <summary>A budget.</summary>
    public static string Put(Budget budget) => $"budget {budget.Name} owner={budget.Owner} "
        + string.Join(' ', budget.Parents.Select(parent => $"parent={parent}").Concat(
            budget.Envelopes.Select(Describe)).Concat(
            budget.AggregateCaps.Select(Describe)));

    private static string Describe(AggregateCap cap) => $"cap={string.Join('+', cap.Envelopes)}"
        + (cap.MaxConcurrency is { } most ? $":{Number(most)}" : "");

    private static string Describe(Envelope envelope)
    {
        var words = $"{envelope.Name}={Number(envelope.Concurrency)}";
        if (envelope.Start > World.Epoch)
            words += $" from={Minutes(envelope.Start)}m";
        if (envelope.End < World.Epoch.AddDays(1))
            words += $" until={Minutes(envelope.End)}m";
        if (envelope.Sharing == Sharing.None)
            words += " sharing=none";
        if (envelope.Flavor != SettingDraws.Flavors[0])
            words += $" flavor={envelope.Flavor}";
        if (envelope.Selector is { } selector)
            words += $" on={string.Join(',', selector.Values)}";
        if (envelope.PreActivation is { } before)
            words += $" before={(before.AllowReservations ? "r" : "")}{(before.AllowAdmission ? "a" : "")}";
        if (envelope.Lending is { } lending)
            words += $" lends={string.Join(',', lending.To)}"
                + (lending.MaxConcurrency is { } most ? $":{Number(most)}" : "");
        return $"[{words}]";
    }

    private static string Minutes(DateTimeOffset? at) => Number((int?)(at - World.Epoch)?.TotalMinutes);

    private static string Number(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
