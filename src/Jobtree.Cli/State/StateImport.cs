using System.Text.Json;
using Jobtree.Actors.Directories;
using Jobtree.Actors.Envelopes;
using Jobtree.Actors.Flavors;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Actors.Runs.Following;
using Jobtree.Actors.Stepping;
using Jobtree.Core.Forecasting;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Cli.State;

/// <summary>Fills a fleet from the documents of a state file, with the content of each actor's snapshot.</summary>
/// <param name="documents">The documents, checked.</param>
/// <param name="now">The instant of the import.</param>
internal sealed class StateImport(StateDocuments documents, DateTimeOffset now)
{
    /// <summary>Fills a fleet that is empty.</summary>
    public void Into(SteppedFleet fleet)
    {
        var flavors = documents.Flavors();
        Restore(fleet, ActorKind.Directory, "fleet", JsonSerializer.SerializeToUtf8Bytes(
            new DirectorySnapshot(
                1, documents.Budgets,
                [.. documents.Nodes.Values.OrderBy(node => node.Name, StringComparer.Ordinal)
                    .Select(node => new NodeEntry(node.Name, node.Flavor))],
                flavors),
            DirectoryJson.Default.DirectorySnapshot));
        foreach (var flavor in flavors)
            RestoreFlavor(fleet, flavor);
        foreach (var (index, run) in documents.Runs.Index())
            Restore(fleet, ActorKind.Run, run.Key.ToString(), JsonSerializer.SerializeToUtf8Bytes(
                Record(run, index), RunJson.Default.RunRecord));
    }

    private void RestoreFlavor(SteppedFleet fleet, string flavor)
    {
        var snapshot = Snapshot(flavor);
        // Funding classes are derived, so a preliminary state is created only to compute them.
        var draft = new FlavorState(flavor);
        draft.Restore(snapshot);
        snapshot = snapshot with
        {
            Running = [.. snapshot.Running.Select(run => run with
            {
                ExpectedEnd = run.ExpectedEnd > run.StartedAt ? run.ExpectedEnd
                    : run.StartedAt + draft.ExpectedDuration(run.Demand),
                Claims = [.. run.Leases.Zip(run.Claims).Select(lease => lease.Second with
                {
                    Class = draft.Funding.ClassOf(lease.First.Id),
                })],
            })],
        };
        Restore(fleet, ActorKind.Flavor, flavor, JsonSerializer.SerializeToUtf8Bytes(
            new FlavorActorSnapshot(snapshot, []), FlavorJson.Default.FlavorActorSnapshot));
        var runs = documents.Runs.Where(run => run.Spec.Resources.GpuType == flavor).Select(run => run.Key).ToHashSet();
        fleet.RestoreEnded(flavor, documents.Ended.Where(lease => runs.Contains(lease.Lease.Run)));
        var claims = snapshot.Running.SelectMany(run => run.Leases.Zip(run.Claims)).Where(
            claim => claim.First.Payer is not null);
        foreach (var envelope in claims.GroupBy(
            claim => claim.First.Payer!.Value, claim => (Lease: claim.First, claim.Second.Class)))
            Restore(fleet, ActorKind.Envelope, envelope.Key.ToString(), JsonSerializer.SerializeToUtf8Bytes(
                Envelope([.. envelope], snapshot.At), EnvelopeJson.Default.EnvelopeSnapshot));
    }

    private FlavorSnapshot Snapshot(string flavor)
    {
        var runs = documents.Runs.Where(run => run.Spec.Resources.GpuType == flavor).OrderBy(run => run.Key).ToArray();
        var leases = runs.SelectMany(run => documents.Open[run.Key]);
        var keys = runs.Select(run => run.Key).ToHashSet();
        var ended = documents.Ended.Select(lease => lease.Lease).Where(lease => keys.Contains(lease.Run));
        var nextLease = leases.Concat(ended).Select(lease => lease.Id).DefaultIfEmpty().Max() + 1;
        var snapshot = new FlavorSnapshot
        {
            At = LastFact(runs),
            NextLease = nextLease,
            Nodes = [.. documents.Nodes.Values.Where(node => node.Flavor == flavor)
                .OrderBy(node => node.Name, StringComparer.Ordinal)],
            Budgets = documents.Budgets,
            Running = [.. runs.Where(run => run.Status?.Phase == RunPhase.Running).Select(Running)],
            Waiting = [.. runs.Where(run => run.Status?.Phase is RunPhase.Pending or RunPhase.Reserved)
                .Select(Waiting)],
            Durations = Durations(runs),
        };
        if (documents.Pasts.GetValueOrDefault(flavor) is not { } past)
            return snapshot;
        var told = past.Into(snapshot);
        return told with
        {
            At = told.At > snapshot.At ? told.At : snapshot.At,
            NextLease = Math.Max(told.NextLease, nextLease),
        };
    }

    private RunningSnapshot Running(RunManifest run)
    {
        var leases = documents.Open[run.Key].OrderBy(lease => lease.Id).ToArray();
        var schedule = run.Status!.Schedule;
        var started = schedule?.AttemptSince ?? leases.Min(lease => lease.Start);
        var meteredUntil = schedule?.GpuSeconds is null ? null
            : documents.Pasts.GetValueOrDefault(run.Spec.Resources.GpuType)?.At;
        var admitted = schedule is null ? Condition(run, ConditionType.Admitted)?.Since ?? started
            : schedule.AdmittedAt;
        return new RunningSnapshot(
            Demand(run) with { AdmittedAt = admitted }, started, schedule?.ExpectedEnd ?? started, leases,
            meteredUntil is null ? default : schedule!.GpuSeconds!.Value,
            [.. leases.Select(lease => new ClaimSnapshot(FundingClass.Unfunded, meteredUntil ?? lease.Start))]);
    }

    private WaitingSnapshot Waiting(RunManifest run)
    {
        var since = Since(run) ?? now;
        var eta = run.Status!.Eta;
        if (run.Status.Schedule is { WaitingSince: { } waitingSince } schedule)
            return new WaitingSnapshot(
                Demand(run) with { AdmittedAt = schedule.AdmittedAt }, waitingSince,
                documents.Reservations.GetValueOrDefault(run.Key), schedule.Forecast,
                schedule.ForecastWait ?? TimeSpan.Zero);
        return new WaitingSnapshot(
            Demand(run) with { AdmittedAt = run.Status.StartedAt is null ? null
                : Condition(run, ConditionType.Admitted)?.Since ?? run.Status.StartedAt }, since,
                documents.Reservations.GetValueOrDefault(run.Key), eta,
            eta is null || eta.Median < since ? TimeSpan.Zero : eta.Median - since);
    }

    private RunRecord Record(RunManifest run, int index)
    {
        var status = run.Status;
        // Runs without a status are submitted now, in file order.
        var submitted = status?.SubmittedAt ?? now.AddTicks(index - documents.Runs.Count);
        var phase = status?.Phase ?? RunPhase.Pending;
        var record = new RunRecord
        {
            Key = run.Key,
            Version = 1,
            Spec = run.Spec,
            Owner = documents.OwnerOf(run),
            Labels = run.Labels,
            SubmitOperation = "state-file",
            Phase = phase is RunPhase.Reserved or RunPhase.Pending
                ? (documents.Reservations.ContainsKey(run.Key) ? RunPhase.Reserved : RunPhase.Pending) : phase,
            IsDecided = status is not null && phase != RunPhase.Waiting,
            Gate = phase == RunPhase.Waiting && run.Spec.Follow is not null ? new FollowGate() : null,
            Hold = status?.Hold is { } hold ? new RunHold(hold.By, hold.Since, hold.Reason, "state-file") : null,
            Reason = Reason(run) ?? "Submitted",
            Message = status?.Message,
            SubmittedAt = submitted,
            PhaseSince = Since(run) ?? submitted,
            StartedAt = phase == RunPhase.Running ? documents.Open[run.Key].Min(lease => lease.Start)
                : status?.StartedAt,
            FinishedAt = status?.FinishedAt,
            Attempt = Attempt(run),
            Gpus = documents.Open[run.Key].Where(lease => lease.Role == LeaseRole.Active).Sum(lease => lease.Gpus()),
            // The usage of a running run is recomputed from its leases.
            GpuSeconds = phase == RunPhase.Running ? default : status?.Funding?.GpuHours.Times(3600) ?? default,
        };
        return status is null && run.Spec.Follow is not null ? record.KeptBack() : record;
    }

    private Demand Demand(RunManifest run)
    {
        var demand = Core.Scheduling.Demand.Of(
            run.Key, documents.OwnerOf(run), run.Spec, run.Status!.SubmittedAt ?? Since(run) ?? now, Attempt(run));
        return run.Status.Schedule is not { } schedule ? demand : demand with
        {
            Gpus = schedule.Gpus ?? demand.Gpus,
            GpusDesired = schedule.DesiredGpus ?? demand.GpusDesired,
            EarlyCuts = schedule.EarlyCuts,
        };
    }

    private static int Attempt(RunManifest run) =>
        Math.Max(run.Status?.Attempt ?? 0, run.Status?.Phase == RunPhase.Running ? 1 : 0);

    private static EnvelopeSnapshot Envelope(IReadOnlyList<(Lease Lease, FundingClass Class)> claims, DateTimeOffset at)
    {
        var used = claims.Aggregate(default(ClassSplit), (sum, claim) =>
            sum.Plus(claim.Class, claim.Lease.Gpus() * Math.Max(0, (at - claim.Lease.Start).TotalSeconds)));
        return new EnvelopeSnapshot(
            0, new Dictionary<string, long>(), used, at,
            [.. claims.OrderBy(claim => claim.Lease.Id).Select(claim => new EnvelopeClaim(
                claim.Lease.Id, claim.Lease.Gpus(), claim.Class, claim.Lease.Role == LeaseRole.Spare))]);
    }

    private DateTimeOffset LastFact(IReadOnlyList<RunManifest> runs)
    {
        var facts = runs.SelectMany(run => documents.Open[run.Key].Select(lease => (DateTimeOffset?)lease.Start)
            .Append(run.Status?.SubmittedAt).Append(run.Status?.FinishedAt).Append(Since(run)));
        var last = facts.Max() ?? now;
        return last < now ? last : now;
    }

    private static List<DurationsSnapshot> Durations(IEnumerable<RunManifest> runs)
    {
        var ended = runs
            .Where(run => run.Status is { Phase: RunPhase.Completed, StartedAt: not null, FinishedAt: not null }
                && run.Spec.Owner is not null)
            .OrderBy(run => run.Status!.FinishedAt)
            .Select(run => (Owner: run.Spec.Owner!, Took: run.Status!.FinishedAt!.Value - run.Status.StartedAt!.Value))
            .Where(run => run.Took >= TimeSpan.Zero)
            .ToArray();
        return
        [
            .. ended.GroupBy(run => run.Owner, run => run.Took).Select(
                owner => new DurationsSnapshot(owner.Key, [.. owner.TakeLast(DurationHistory.Depth)])),
            new DurationsSnapshot("", [.. ended.TakeLast(DurationHistory.Depth).Select(run => run.Took)]),
        ];
    }

    private static DateTimeOffset? Since(RunManifest run) => Telling(run)?.Since ?? run.Status?.SubmittedAt;

    private static string? Reason(RunManifest run) => Telling(run)?.Reason;

    // The condition that explains the run's phase. Admitted does not qualify: its time is that of the first admission.
    private static Condition? Telling(RunManifest run) => Condition(run, run.Status?.Phase switch
    {
        RunPhase.Failed => ConditionType.Failed,
        RunPhase.Completed => ConditionType.Completed,
        _ => ConditionType.Scheduled,
    });

    private static Condition? Condition(RunManifest run, ConditionType type) =>
        run.Status?.Conditions.FirstOrDefault(condition => condition.Type == type);

    private static void Restore(SteppedFleet fleet, ActorKind kind, string name, byte[] state) =>
        fleet.Restore(new ActorKey(kind, name), state);
}
