using System.Globalization;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Json;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Tests.Stories;

/// <summary>What a story shows of a fleet, as its operations tell it.</summary>
internal sealed class FleetViews(IStoryFleet fleet)
{
    public Task<IEnumerable<string>> Of(string view) => view switch
    {
        "runs" => Runs(),
        "queue" => Queue(),
        "classes" => Classes(),
        "reservations" => Reservations(),
        "usage" => Usage(),
        "free" => Free(),
        "flavors" => Flavors(),
        "messages" => Messages(),
        "audit" => Audit(),
        "widths" => Widths(),
        "states" => States(),
        _ => throw new FormatException($"'{view}' is no command of a story."),
    };

    public async Task<IEnumerable<string>> Plan(RunManifest run)
    {
        var plan = Value(await fleet.Operations.PlanRun(run));
        return
        [
            $"{plan.Run}: {plan.Outcome}{(plan.DeficitGPUs > 0 ? $", {plan.DeficitGPUs} short" : "")}" +
            $"{(plan.Eta is { } eta ? $", {Eta(eta)}" : "")}",
            .. plan.Claims.Select(claim =>
                $"  group {claim.Group}: {claim.Gpus} {Word(claim.Class)} by {claim.Payer?.ToString() ?? "nobody"}"),
            .. plan.Slots.Count == 0 ? Array.Empty<string>() : [$"  on {SlotText.Of(plan.Slots)}"],
            .. plan.Cuts.Select(cut => $"  cuts {cut}"),
            .. plan.Reasons.Select(reason => $"  why: {reason}"),
            .. plan.Remedies.Select(remedy => $"  sooner: {remedy}"),
        ];
    }

    public async Task<IEnumerable<string>> Explain(RunKey run)
    {
        var explanation = Value(await fleet.Operations.ExplainRun(run));
        return
        [
            explanation.Where,
            .. explanation.WhyNot.Select(reason => $"  why: {reason}"),
            .. explanation.Ahead.Select(ahead => $"  ahead: {ahead}"),
            .. explanation.Sooner.Select(remedy => $"  sooner: {remedy}"),
            .. explanation.Funding.Select(claim => $"  pays: {claim}"),
            .. explanation.Eta is { } eta ? [$"  {Eta(eta)}"] : Array.Empty<string>(),
        ];
    }

    /// <summary>The phase of a run with its message, then the conditions that hold and those that do not.</summary>
    public async Task<IEnumerable<string>> Status(RunKey run)
    {
        var status = Value(await fleet.Operations.GetRun(run)).Status!;
        return
        [
            $"{run} {status.Phase}{(status.Message is null ? "" : $": {status.Message}")}",
            .. status.Conditions.Select(condition =>
                $"  {(condition.Status ? "" : "not ")}{condition.Type}: {condition.Reason}"),
        ];
    }

    private async Task<IEnumerable<string>> Runs()
    {
        var lines = new List<string>();
        foreach (var listed in Value(await fleet.Operations.ListRuns(new RunQuery())).Items)
        {
            var status = Value(await fleet.Operations.GetRun(listed.Key)).Status!;
            var funding = status.Funding is { } paid && paid.Gpus.Total() > 0 ? $" {Split(paid.Gpus)}" : "";
            var lenders = status.Funding is { Lenders.Count: > 0 } lent ? $" from {string.Join(',', lent.Lenders)}"
                : "";
            var hours = status.Funding is { } used && used.GpuHours.Total() > 0 ? $"; used {Split(used.GpuHours)} h"
                : "";
            lines.Add(
                $"{listed.Key} " +
                $"{status.Phase}{(status.Attempt > 1 ? $" attempt {status.Attempt}" : "")}{funding}{lenders}{hours}");
        }
        return lines;
    }

    /// <summary>The runs that wait, in the order in which they are served. A list and the run by itself must agree.
    /// </summary>
    private async Task<IEnumerable<string>> Queue()
    {
        var waiting = new List<(QueuePlace Place, string Line)>();
        foreach (var listed in Value(await fleet.Operations.ListRuns(new RunQuery())).Items)
        {
            var alone = Value(await fleet.Operations.GetRun(listed.Key)).Status!;
            Assert.Equal((alone.Queue, alone.Eta), (listed.Status!.Queue, listed.Status.Eta));
            if (listed.Status.Queue is { } place)
                waiting.Add((place, $"{place.Position} of {place.Of}: {listed.Key}, {listed.Status.Phase}"));
        }
        return waiting.OrderBy(run => run.Place.Position).Select(run => run.Line);
    }

    private async Task<IEnumerable<string>> Classes() =>
        Value(await fleet.Operations.ListLeases(new LeaseQuery { Limit = RunQuery.LimitMax })).Items
            .OrderBy(lease => lease.Lease.Run).ThenBy(lease => lease.Lease.Id)
            .Select(lease =>
                $"{lease.Lease.Run} group {lease.Lease.Group}: {lease.Lease.Gpus()} " +
                $"{(lease.Lease.Role == LeaseRole.Spare ? "spare " : "")}{Word(lease.Class!.Value)} by " +
                $"{lease.Lease.Payer?.ToString() ?? "nobody"}");

    private async Task<IEnumerable<string>> Widths() =>
        Value(await fleet.Operations.ListRuns(new RunQuery())).Items.Select(run => run.Status!.Width is { } width
            ? $"{run.Key} min {width.Min}, max {width.Max}, desired {width.Desired}, allocated {width.Allocated}, " +
                $"pending {width.Pending}" : $"{run.Key} no width");

    /// <summary>The nodes that take no new work, or not all, and when they are expected to be empty.</summary>
    private async Task<IEnumerable<string>> States() =>
        Value(await fleet.Operations.ListNodes(new NodeQuery { Limit = RunQuery.LimitMax })).Items
            .Where(view => view.Node.State != NodeState.Ready)
            .Select(view => $"{view.Node.Name} {view.Node.State}" +
                $"{(view.Node.EmptyBy is { } by ? $" by {LedgerText.Time(by)}" : "")}, {view.Used} used" +
                $"{(view.EmptyExpected is { } end ? $", empty expected at {LedgerText.Time(end)}" : "")}" +
                $"{(view.IsOverdue == true ? ", overdue" : "")}" +
                $"{(view.Node.StateSet is { } set ? $"; {set.By}, {LedgerText.Time(set.Since)}: " : "")}" +
                $"{view.Node.StateSet?.Reason ?? "no reason"}");

    private async Task<IEnumerable<string>> Reservations() =>
        Value(await fleet.Operations.ListReservations()).Select(view =>
        $"{view.Reservation.Run} from {LedgerText.Time(view.Reservation.EarliestStart)} on " +
        $"{SlotText.Of(view.Reservation.IntendedSlice)}, in {Duration.Format(view.Countdown)}");

    private async Task<IEnumerable<string>> Usage() => Value(await fleet.Operations.BudgetsUsage()).Select(usage =>
        $"{usage.Envelope} of {usage.Concurrency}{(usage.Open ? "" : " (closed)")}" +
        $"{(usage.CapOver is { } capped ? $" over {string.Join('+', capped)}" : "")}: {Split(usage.Gpus)}, room " +
        $"{usage.Headroom}{(usage.Recallable > 0 ? $" and {usage.Recallable} recallable" : "")}" +
        $"{(usage.Promised > 0 ? $", {usage.Promised} promised" : "")}; used {Split(usage.GpuHours)} h" +
        $"{(usage.MaxGpuHours is { } most ? $" of {most}" : "")}" + string.Concat((usage.Earlier ?? []).Select(
            earlier => $"; before, {earlier.Owner} until {LedgerText.Time(earlier.Until)}: "
                + $"{Split(earlier.GpuHours)} h")));

    private async Task<IEnumerable<string>> Free() =>
        Value(await fleet.Operations.ListFlavors()).Select(
            flavor => $"{flavor.Flavor}: {flavor.Free} of {flavor.Gpus} free, {Split(flavor.ByClass)}");

    private async Task<IEnumerable<string>> Messages()
    {
        var lines = new List<string>();
        foreach (var listed in Value(await fleet.Operations.ListRuns(new RunQuery())).Items)
        {
            var status = Value(await fleet.Operations.GetRun(listed.Key)).Status!;
            if (status.Message is { } message)
                lines.Add($"{listed.Key} {status.Phase}: {message}");
        }
        return lines;
    }

    private async Task<IEnumerable<string>> Flavors() =>
        Value(await fleet.Operations.ListFlavors()).Select(
            flavor => $"{flavor.Flavor}: {flavor.Waiting} waiting, {flavor.Reserved} reserved, {flavor.DemandGpus} " +
                $"GPUs asked for, backlog {Duration.Format(flavor.Backlog)}" +
                (flavor.NeverFitting is { } unfit ? $", {unfit} with {flavor.NeverFittingGpus} GPUs never fit" : ""));

    private async Task<IEnumerable<string>> Audit()
    {
        var report = Value(await fleet.Operations.Audit());
        return report.Violations.Count == 0 ? ["no violation"] : report.Violations.Select(
            violation => $"invariant {violation.Invariant}, {violation.Where}: {violation.What}");
    }

    private static string Split(ClassSplit split)
    {
        var parts = new[] { ("owned", split.Owned), ("shared", split.Shared), ("borrowed", split.Borrowed),
            ("unfunded", split.Unfunded) }
            .Where(part => part.Item2 != 0).Select(
                part => $"{part.Item2.ToString("0.####", CultureInfo.InvariantCulture)} {part.Item1}");
        return string.Join(" + ", parts) is { Length: > 0 } text ? text : "nothing";
    }

    private string Eta(RunEta eta) =>
        $"start expected in {Duration.Format(eta.Median - fleet.Now)}, with 90 % in " +
        $"{Duration.Format(eta.P90 - fleet.Now)}";

    private static string Word(FundingClass fundingClass) => fundingClass.ToString().ToLowerInvariant();

    private static T Value<T>(Result<T> result)
    {
        Assert.True(result.Succeeded(out var value, out var problem), problem?.Detail);
        return value;
    }
}
