using System.Numerics;
using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Tests.Properties;

/// <summary>
/// Watches a fleet from outside: builds its own state from the ledger's bytes, and holds what the fleet says and does
/// against that.
/// </summary>
internal sealed class FleetWitness(StepFleet fleet)
{
    private readonly LedgerReplay replay = new("H100", checkEvery: int.MaxValue);
    private readonly Dictionary<long, HeldLease> leases = [];
    private bool offersPayers;
    private int read;
    private bool timeAlone;

    /// <summary>Cuts that were tried again, one by one.</summary>
    public int CutsChecked { get; private set; }

    /// <summary>Leases without a payer that got one.</summary>
    public int AssignmentsChecked { get; private set; }

    /// <summary>Why leases began and ended, and each lease on the slots of a spare.</summary>
    public List<string> Happened { get; } = [];

    public FlavorState State => replay.State;

    public async Task Check()
    {
        foreach (var record in fleet.Journals.Ledger("H100").Skip(read).ToArray())
        {
            read++;
            var entry = JsonSerializer.Deserialize(record, LedgerJson.Default.LedgerEntry)!;
            CheckCuts(entry);
            CheckAssignments(entry);
            foreach (var closing in entry.Close ?? [])
            {
                foreach (var lease in State.Running[closing.Run].Leases)
                    leases[lease.Id] = leases[lease.Id] with { End = entry.At };
            }
            Note(entry);
            foreach (var end in entry.End ?? [])
                leases[end.Lease] = leases[end.Lease] with { End = entry.At };
            replay.Read(record, $"entry {read}");
            foreach (var opening in (entry.Swap ?? []).Concat(entry.Open is { } first ? [first] : []))
            {
                foreach (var lease in State.Running[opening.Starts()].Leases)
                    leases.TryAdd(lease.Id, new HeldLease(lease, lease.Payer is null ? null : lease.Start, null));
            }
            foreach (var assignment in entry.Assign ?? [])
                leases[assignment.Lease] = leases[assignment.Lease] with { PaidFrom = entry.At,
                    Payer = assignment.Payer };
        }
        replay.Finish();
        Assert.Empty(replay.Violations);
        CheckRest();
        CheckClasses();
        CheckWorkConservation();
        CheckSlices();
        await CheckAnswers();
    }

    /// <summary>GPU-seconds by class of runs and of envelopes add up to what the leases held.</summary>
    public async Task CheckMeters()
    {
        var runs = default(ClassSplit);
        Assert.True((await fleet.Operations.ListRuns(new RunQuery { Limit = RunQuery.LimitMax }))
            .Succeeded(out var page, out _));
        foreach (var run in page.Items)
        {
            Assert.True((await fleet.Operations.GetRun(run.Key)).Succeeded(out var shown, out _));
            runs += (shown.Status!.Funding?.GpuHours ?? default).Times(3600);
        }
        var envelopes = default(ClassSplit);
        foreach (var payer in leases.Values.Select(lease => lease.Payer).OfType<EnvelopeKey>().Distinct())
            envelopes += (await fleet.Actors.Envelope(payer).Usage()).Total();
        var all = Held(lease => lease.Lease.Start);
        var paid = Held(lease => lease.PaidFrom ?? lease.End ?? fleet.Now);
        Assert.Equal(all, runs.Total(), 0.01);
        // A payer that is gone is charged nothing. What it was charged before is compared with the ledger elsewhere.
        Assert.InRange(envelopes.Total(), 0, paid + 0.01);
        var nobody = all - envelopes.Total();
        Assert.Equal(runs.Owned, envelopes.Owned, 0.01);
        Assert.Equal(runs.Shared, envelopes.Shared, 0.01);
        Assert.Equal(runs.Borrowed, envelopes.Borrowed, 0.01);
        Assert.Equal(runs.Unfunded, envelopes.Unfunded + nobody, 0.01);
    }

    private double Held(Func<HeldLease, DateTimeOffset> from) => leases.Values.Sum(
        lease => lease.Lease.Gpus() * ((lease.End ?? fleet.Now) - from(lease)).TotalSeconds);

    /// <summary>
    /// Only leases without a payer get one, only on nodes for which it pays. When budgets have changed, none is left
    /// without one that its owner has an envelope for.
    /// </summary>
    private void CheckAssignments(LedgerEntry entry)
    {
        foreach (var assignment in entry.Assign ?? [])
        {
            var lease = State.Running[assignment.Run].Leases.Single(lease => lease.Id == assignment.Lease);
            Assert.Null(lease.Payer);
            Assert.True(PaysFor(State.Funding.TermsOf(assignment.Payer)!, lease));
            AssignmentsChecked++;
        }
        if (offersPayers && entry.Assign is null)
        {
            offersPayers = false;
            Assert.DoesNotContain(State.Running.Values, run => run.Leases.Any(lease => lease.Payer is null
                && State.Funding.Envelopes.Any(own => own.Owner == run.Demand.Owner && PaysFor(own.Terms, lease)
                    && own.Terms.TakesClaims(State.At) && IsCompatible(own.Terms, run.Demand))));
        }
        offersPayers |= entry.Budgets is not null || entry.BudgetsRemoved is not null;
    }

    private bool PaysFor(Envelope terms, Lease lease) => lease.Slots.All(slots => (terms.Selector ?? Node.EmptyLabels)
        .All(label => State.Fleet.Find(slots.Node)!.Labels.GetValueOrDefault(label.Key) == label.Value));

    private static bool IsCompatible(Envelope terms, Demand demand) => (terms.Selector ?? Node.EmptyLabels)
        .All(label => demand.Selector?.GetValueOrDefault(label.Key, label.Value) is not { } asked
            || asked == label.Value);

    /// <summary>
    /// Whoever looks at the flavor afresh decides the same: what was found out before saves time and decides nothing.
    /// </summary>
    private void CheckDecision(LedgerEntry entry)
    {
        var isAdmission = entry.Queue is not null || entry.Open is { Demand: not null };
        // Nothing is looked at only because time went by, and an admission that takes nothing from others does not
        // look at them.
        timeAlone = isAdmission && State.Sequence > 0 && NextAfresh(entry.At) is not null;
        if (isAdmission || entry is { Reserve: null, Lapse: null, Open: null } || entry.Nodes is not null)
            return;
        Assert.Equal(Decision(entry), NextAfresh(entry.At) is { } next ? Decision(next) : "nothing");
    }

    /// <summary>Nothing is left to decide.</summary>
    private void CheckRest()
    {
        if (State.Sequence > 0 && !timeAlone)
            Assert.Equal("nothing", NextAfresh(State.At) is { } next ? Decision(next) : "nothing");
    }

    private LedgerEntry? NextAfresh(DateTimeOffset at)
    {
        State.Funding.AdvanceTo(at);
        foreach (var group in State.Queue.Classes)
            group.Changed();
        return new Scheduler(State, new SchedulerOptions()).NextDecision(at);
    }

    private static string Decision(LedgerEntry entry) => JsonSerializer.Serialize(
        entry with { Sequence = 0, Previous = "" }, LedgerJson.Default.LedgerEntry);

    private void CheckClasses()
    {
        // The state stands at its last entry; whatever windows have passed since have entries of their own.
        foreach (var (lease, expected) in new FundingOracle(State).Classes())
            Assert.True(expected == State.Funding.ClassOf(lease),
                $"lease {lease} is {State.Funding.ClassOf(lease)}, and should be {expected}");
        var unfunded = State.Running.Values.Where(
            run => run.Leases.All(lease => State.Funding.ClassOf(lease.Id) == FundingClass.Unfunded)).ToArray();
        Assert.Equal(unfunded.Select(run => run.Demand.Run).Order(), State.Funding.WhollyUnfunded().Order());
        Assert.Equal(unfunded.Sum(run => run.Leases.Sum(lease => lease.Gpus())), State.Funding.WhollyUnfundedGpus);
    }

    /// <summary>
    /// No run that could use idle GPUs as unfunded work waits: what is kept is only for the funded, and only those are
    /// held back who were cut early several times.
    /// </summary>
    private void CheckWorkConservation()
    {
        var kept = new Dictionary<string, ulong>();
        foreach (var slots in State.Queue.WithReservation.SelectMany(waiting => waiting.Reservation!.IntendedSlice))
            kept[slots.Node] = kept.GetValueOrDefault(slots.Node) | slots.Mask;
        var unkept = State.Fleet.Nodes.Where(node => node.State == NodeState.Ready)
            .Sum(node => BitOperations.PopCount(
                ((node.Gpus == 64 ? ulong.MaxValue : (1UL << node.Gpus) - 1) & ~State.Fleet.UsedSlots(
                node.Name)) & ~kept.GetValueOrDefault(node.Name)));
        foreach (var waiting in State.Queue.Runs.Where(
            waiting => waiting.Demand is { Selector: null, GroupGpus: 0, OneDomain: false, LevelRequired: false }
                && !waiting.IsHeldAt(State.At))) // Who was cut again and again is held back for a while.
        {
            var demand = waiting.Demand;
            Assert.True(demand.GpusWithSpares() > unkept,
                $"{demand.Run} waits for {demand.GpusWithSpares()} GPUs, though {unkept} are idle that nobody keeps");
            if (State.Funding.Cover(demand with { AdmittedAt = demand.AdmittedAt ?? waiting.Reservation?.Made })
                .Chunks.All(chunk => chunk.Class == FundingClass.Unfunded))
                Assert.True(demand.GpusWithSpares() > State.Fleet.Free + (demand.SparesPerGroup == 0 ? Fillable() : 0),
                    $"{demand.Run} waits for {demand.GpusWithSpares()} GPUs and has no funding to lose, though " +
                    $"{State.Fleet.Free} are idle and {Fillable()} are spares");
        }
    }

    /// <summary>Spare GPUs that a filler could use.</summary>
    private int Fillable() => State.Fleet.Nodes.Where(node => node.State == NodeState.Ready).Sum(node =>
    {
        var (active, spare) = State.Fleet.SlotsByRole(node.Name);
        return BitOperations.PopCount(spare & ~active);
    });

    private void Note(LedgerEntry entry)
    {
        Happened.AddRange((entry.End ?? []).Select(end => $"{end.Reason}"));
        Happened.AddRange((entry.Close ?? []).Select(closing => $"{closing.Reason}"));
        foreach (var opening in (entry.Swap ?? []).Concat(entry.Open is { } first ? [first] : []))
        {
            Happened.Add($"{opening.Reason}");
            Happened.AddRange(opening.Leases.Where(lease => lease.Role == LeaseRole.Active).SelectMany(
                lease => lease.Slots).Where(
                    slots => (State.Fleet.SlotsByRole(slots.Node).Spare & slots.Mask) != 0).Select(_ => "filler"));
        }
    }

    /// <summary>What is said to be free outside some slices is what an overlay of them leaves.</summary>
    private void CheckSlices()
    {
        var overlays = new SliceOverlays(State);
        for (var reservations = 0UL; reservations < 1UL << Math.Min(State.Queue.Reserved, 4); reservations++)
            Assert.Equal(overlays.Of(reservations).FreeOutside(), overlays.FreeOutside(reservations));
    }

    /// <summary>
    /// Leaving out any cut leaves the demand without its fit. Where no slices are kept the witness can say so by
    /// itself.
    /// </summary>
    private void CheckCuts(LedgerEntry entry)
    {
        if (entry is not { Close: { } cuts, Resolution: { } decision, Open: { } opening }
            || State.Queue.WithReservation.Any(waiting => waiting.Demand.Run != opening.Starts()))
            return;
        var demand = opening.Demand ?? State.Queue.Find(opening.Run!.Value)!.Demand;
        var cover = new Cover([.. opening.Leases.Select(lease => new CoverChunk(
            lease.Group, lease.Slots.Sum(slots => slots.Count), lease.Payer, FundingClass.Owned, lease.Role,
                lease.Payer is { } payer ? State.Funding.TermsOf(payer)!.Selector : null))]);
        Assert.NotEmpty(cuts);
        Assert.Subset(decision.Candidates.Select(candidate => candidate.Run).ToHashSet(),
            cuts.Select(cut => cut.Run).ToHashSet());
        foreach (var spared in cuts)
        {
            Assert.Contains(State.Running[spared.Run].Leases, lease =>
                State.Funding.ClassOf(lease.Id) == FundingClass.Unfunded || lease.Payer is not null);
            var overlay = new SlotOverlay(State.Fleet);
            var others = cuts.Where(cut => cut != spared).SelectMany(cut => State.Running[cut.Run].Leases)
                .Concat((entry.End ?? []).Where(end => end.Run != spared.Run)
                    .Select(end => State.Running[end.Run].Find(end.Lease)!));
            foreach (var lease in others)
            {
                foreach (var slots in lease.Slots)
                    overlay.Free(slots, lease.Role);
            }
            // What is left of a lease that ended in part begins anew.
            foreach (var kept in (entry.Swap ?? []).Where(rest => rest.Starts() != spared.Run)
                .SelectMany(rest => rest.Leases))
            {
                foreach (var slots in kept.Slots)
                    overlay.Unfree(slots, kept.Role);
            }
            Assert.True(Gang.TryPlace(State.Fleet, demand, cover, overlay) is null,
                $"{spared.Run} was cut for {demand.Run} without need");
            CutsChecked++;
        }
    }

    private async Task CheckAnswers()
    {
        Assert.True((await fleet.Operations.Audit()).Succeeded(out var audit, out _));
        Assert.Empty(audit.Violations);
        if (State.Sequence > 0)
            Assert.Equal(HashChain.ToHex(State.Head), audit.Heads["H100"]);
        Assert.True((await fleet.Operations.ListLeases(new LeaseQuery { Limit = RunQuery.LimitMax }))
            .Succeeded(out var page, out _));
        Assert.Equal(State.Running.Values.SelectMany(run => run.Leases).Select(lease => lease.Id).Order(),
            page.Items.Select(lease => lease.Lease.Id));
        Assert.All(page.Items, lease => Assert.Equal(State.Funding.ClassOf(lease.Lease.Id), lease.Class));
        Assert.True((await fleet.Operations.ListRuns(new RunQuery { Limit = RunQuery.LimitMax }))
            .Succeeded(out var runs, out _));
        foreach (var run in runs.Items)
        {
            // What is kept back is in no queue and holds nothing.
            var phase = run.Status!.Phase is RunPhase.Completed or RunPhase.Failed or RunPhase.Waiting ? (RunPhase?)null
                : run.Status.Phase;
            Assert.True(phase == PhaseOf(run.Key),
                $"{run.Key} is {run.Status.Phase} ({run.Status.Message}), and {PhaseOf(run.Key)} in its flavor");
            CheckConditions(run.Spec, run.Status);
        }
    }

    private static void CheckConditions(RunSpec spec, RunStatus status)
    {
        Assert.Equal(Enum.GetValues<ConditionType>(), status.Conditions.Select(condition => condition.Type));
        Assert.All(status.Conditions, condition => Assert.NotEmpty(condition.Reason));
        var holding = status.Conditions.Where(condition => condition.Status).Select(condition => condition.Type)
            .ToHashSet();
        Assert.Equal(status.Phase == RunPhase.Waiting, holding.Contains(ConditionType.Blocked));
        Assert.Equal(status.Phase == RunPhase.Running, holding.Contains(ConditionType.Running));
        Assert.Equal(status.Phase == RunPhase.Completed, holding.Contains(ConditionType.Completed));
        Assert.Equal(status.Phase == RunPhase.Failed, holding.Contains(ConditionType.Failed));
        if (status.Phase == RunPhase.Waiting)
            Assert.True(spec.Follow is not null || status.Hold is not null);
    }

    private RunPhase? PhaseOf(RunKey run) =>
        State.Running.ContainsKey(run) ? RunPhase.Running : State.Queue.Find(run) is { } waiting
            ? (waiting.Reservation is null ? RunPhase.Pending : RunPhase.Reserved) : null;

    /// <summary>A lease, since when it has a payer, and when it ended.</summary>
    private sealed record HeldLease(Lease Lease, DateTimeOffset? PaidFrom, DateTimeOffset? End)
    {
        public EnvelopeKey? Payer { get; init; } = Lease.Payer;
    }
}
