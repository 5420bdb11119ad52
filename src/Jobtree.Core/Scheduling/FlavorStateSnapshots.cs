using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>Takes and restores snapshots of a flavor's state.</summary>
public static class FlavorStateSnapshots
{
    /// <summary>Takes a snapshot of the state. Later changes of the state do not affect it.</summary>
    /// <param name="state">The state.</param>
    public static FlavorSnapshot Take(this FlavorState state) => new()
    {
        Sequence = state.Sequence,
        Head = state.Head,
        At = state.At,
        NextLease = state.NextLease,
        Nodes = [.. state.Fleet.Nodes.OrderBy(node => node.Name, StringComparer.Ordinal)],
        Budgets = [.. state.Funding.Budgets],
        Running = [.. state.Running.OrderBy(run => run.Key).Select(run => new RunningSnapshot(
            run.Value.Demand, run.Value.StartedAt, run.Value.ExpectedEnd, [.. run.Value.Leases],
                run.Value.Meter.GpuSeconds,
            [.. run.Value.Leases.Select(lease => state.Funding.ClaimOf(lease.Id))])
        {
            ChangedAt = run.Value.ChangedAt == run.Value.StartedAt ? null : run.Value.ChangedAt,
        })],
        Waiting = [.. state.Queue.Runs.OrderBy(waiting => waiting.Demand.Run).Select(waiting => new WaitingSnapshot(
            waiting.Demand, waiting.Since, waiting.Reservation, waiting.Forecast, waiting.ForecastBaseline))],
        Durations = [.. state.Durations.Export()
            .Select(group => new DurationsSnapshot(group.Owner, group.Durations, group.Width))],
        Statements = state.Durations.ExportStatements()
            .Select(owner => new DurationsSnapshot(owner.Owner, owner.PerSecond)).ToArray() is { Length: > 0 } stated
            ? stated : null,
        ForecastRatios = state.ForecastErrors.Export(),
        ForecastClasses = [.. state.ForecastErrors.ExportClasses()
            .Select(one => new ForecastClassSnapshot(one.Class, one.Ratios, one.Margin))],
        ForecastsStarted = state.ForecastErrors.Started,
        ForecastsHeld = state.ForecastErrors.Held,
        ForecastMargin = state.ForecastErrors.Margin,
        Lateness = state.Lateness.Take(),
        Decisions = state.Decisions,
        Actions = state.Actions,
        PromiseMoves = state.PromiseMoves.Take(),
        CutAllowances = state.CutAllowances.Export().ToArray() is { Length: > 0 } uses ? uses : null,
        CancelledAt = state.CancelledAt,
        AtBefore = state.AtBefore,
        NodesDoubtedSince = state.NodesDoubtedSince,
    };

    /// <summary>Fills a new state from a snapshot.</summary>
    /// <param name="state">A state to which no entry was applied.</param>
    /// <param name="snapshot">The snapshot.</param>
    public static void Restore(this FlavorState state, FlavorSnapshot snapshot)
    {
        state.RestoreGround(snapshot);
        foreach (var run in snapshot.Running)
            state.Restore(run);
        state.RestoreRest(snapshot);
    }

    private static void RestoreGround(this FlavorState state, FlavorSnapshot snapshot)
    {
        foreach (var node in snapshot.Nodes)
            state.Fleet.Put(node);
        state.Funding.AdvanceTo(snapshot.At);
        state.Funding.Change(snapshot.Budgets, []);
    }

    private static void Restore(this FlavorState state, RunningSnapshot run)
    {
        var restored = new RunningRun(run.Demand, run.StartedAt, run.ExpectedEnd)
        {
            MayHaveLostLeases = true,
        };
        restored.ChangedAt = run.ChangedAt ?? run.StartedAt;
        restored.Gain(run.Leases is Lease[] leases ? leases : [.. run.Leases]);
        restored.Meter.Restore(run.Metered);
        state.Restore(restored, run.Claims);
    }

    private static void RestoreRest(this FlavorState state, FlavorSnapshot snapshot)
    {
        state.Funding.SettleRestored();
        foreach (var waiting in snapshot.Waiting)
        {
            var restored = state.Queue.Add(waiting.Demand, waiting.Since);
            (restored.Forecast, restored.ForecastBaseline) = (waiting.Forecast, waiting.Baseline);
            state.Queue.Reserve(restored, waiting.Reservation);
        }
        foreach (var group in snapshot.Durations)
            state.Durations.Import(group.Owner, group.Width, group.Durations);
        foreach (var owner in snapshot.Statements ?? [])
            state.Durations.ImportStatements(owner.Owner, owner.Durations);
        state.ForecastErrors.Import(
            snapshot.ForecastRatios, snapshot.ForecastsStarted, snapshot.ForecastsHeld, snapshot.ForecastMargin);
        foreach (var one in snapshot.ForecastClasses ?? [])
            state.ForecastErrors.ImportClass(one.Class, one.Ratios, one.Margin);
        state.Lateness.Import(snapshot.Lateness);
        state.PromiseMoves.Import(snapshot.PromiseMoves);
        foreach (var use in snapshot.CutAllowances ?? [])
            state.CutAllowances.Set(use);
        (state.CancelledAt, state.NodesDoubtedSince) = (snapshot.CancelledAt, snapshot.NodesDoubtedSince);
        state.AtBefore = snapshot.AtBefore ?? snapshot.At;
        (state.Sequence, state.Head, state.At, state.NextLease, state.Decisions, state.Actions) =
            (snapshot.Sequence, snapshot.Head, snapshot.At, snapshot.NextLease, snapshot.Decisions, snapshot.Actions);
    }
}
