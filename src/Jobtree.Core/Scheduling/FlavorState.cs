using Jobtree.Core.Contention;
using Jobtree.Core.Forecasting;
using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// Everything a flavor decides by: its fleet, budgets and claims, its running and waiting runs, and the durations it
/// has learnt. It changes only through <see cref="Apply"/>, so the ledger alone rebuilds it.
/// </summary>
/// <param name="flavor">The flavor.</param>
public sealed class FlavorState(string flavor)
{
    private readonly RunningWork running = new();
    private FittingShapes? fitting;
    private readonly List<(RunningRun Run, RunFact Fact, int GpusBefore)> resized = [];

    /// <summary>The flavor.</summary>
    public string Flavor { get; } = flavor;

    /// <summary>Nodes and free slots.</summary>
    public Fleet Fleet { get; } = new();

    /// <summary>Budgets, claims and classes.</summary>
    public FundingBook Funding { get; } = new(flavor);

    /// <summary>The waiting runs.</summary>
    public WaitingRuns Queue { get; } = new();

    /// <summary>Who is served first. A flavor's scheduler sets it by its options.</summary>
    public ServingOrder Serving { get; internal set; }

    /// <summary>The durations of past runs.</summary>
    public DurationHistory Durations { get; } = new();

    /// <summary>The errors of past forecasts.</summary>
    public ForecastErrors ForecastErrors { get; } = new();

    /// <summary>What owners used of what cuts for their runs may destroy.</summary>
    public CutAllowances CutAllowances { get; } = new();

    /// <summary>How late waiting runs started.</summary>
    public Lateness Lateness { get; } = new();

    /// <summary>Decisions since the ledger began.</summary>
    public DecisionCounts Decisions { get; internal set; }

    /// <summary>What was done to running runs since the ledger began.</summary>
    public ActionCounts Actions { get; internal set; }

    /// <summary>How often promised starts moved later since the ledger began, by cause.</summary>
    public PromiseMoveCounts PromiseMoves { get; } = new();

    /// <summary>
    /// When an operator accepted that the store lost entries of the ledger, if what they started may still run. Until
    /// that is settled, new nodes begin cordoned: they may be those that lost entries named.
    /// </summary>
    public DateTimeOffset? NodesDoubtedSince { get; internal set; }

    /// <summary>When a run was last cancelled.</summary>
    internal DateTimeOffset? CancelledAt { get; set; }

    /// <summary>What waits that the fleet could hold.</summary>
    internal QueuedWork WorkThatFits => Fitting.Fitting();

    /// <summary>The number of waiting runs that the fleet as it is could never hold, and their GPUs.</summary>
    public (int Runs, long Gpus) NeverFitting => Fitting.Unfit();

    private FittingShapes Fitting => fitting ??= new FittingShapes(Fleet, Queue);

    /// <summary>The runs with open leases, in no particular order.</summary>
    public IReadOnlyDictionary<RunKey, RunningRun> Running => running.Runs;

    internal Dictionary<RunKey, RunningRun>.ValueCollection RunningRuns => running.Runs.Values;

    internal RunningWork RunningWork => running;

    /// <summary>The number of the last entry. 0 means none.</summary>
    public long Sequence { get; internal set; }

    /// <summary>The link that the next entry must carry.</summary>
    public string Head { get; internal set; } = HashChain.Root;

    /// <summary>The instant of the last entry.</summary>
    public DateTimeOffset At { get; internal set; } = DateTimeOffset.UnixEpoch;

    /// <summary>The instant of the last entry before those of <see cref="At"/>.</summary>
    public DateTimeOffset AtBefore { get; internal set; } = DateTimeOffset.UnixEpoch;

    /// <summary>The number of the next lease.</summary>
    public long NextLease { get; internal set; } = 1;

    /// <summary>What each owner with running runs holds, in no particular order.</summary>
    public IReadOnlyDictionary<string, OwnerUse> Uses => running.Uses;

    /// <summary>Running runs that can change their width.</summary>
    internal int ElasticRuns => running.Elastic.Count;

    /// <summary>GPUs that running elastic runs hold, spares not counted.</summary>
    public int ElasticGpus() => running.Elastic.Sum(static run => run.Gpus());

    /// <summary>GPUs under an open spare lease.</summary>
    public int Spares { get; private set; }

    /// <summary>Whether nothing was recorded in this minute before an instant: what need not be looked at with each
    /// decision is looked at then, whatever was restarted meanwhile.</summary>
    /// <param name="now">The instant, not before <see cref="At"/>.</param>
    public bool IsFirstOfMinute(DateTimeOffset now) =>
        (At < now ? At : AtBefore).UtcTicks / TimeSpan.TicksPerMinute < now.UtcTicks / TimeSpan.TicksPerMinute;

    /// <summary>Applies the next entry of the ledger.</summary>
    /// <param name="entry">The entry. Its sequence is one more than the last.</param>
    /// <param name="link">The link of its bytes.</param>
    /// <param name="effects">Receives the facts for runs and envelopes.</param>
    /// <exception cref="InvalidOperationException">The entry does not follow from the state: the ledger is
    /// broken.</exception>
    public void Apply(LedgerEntry entry, string link, FlavorEffects effects)
    {
        if (entry.Sequence != Sequence + 1 || entry.Previous != Head || entry.At < At)
            throw new InvalidOperationException($"Entry {entry.Sequence} at {entry.At:O} does not follow entry "
                + $"{Sequence} at {At:O} of the ledger of {Flavor}.");
        if (entry.At > At)
            AtBefore = At;
        (Sequence, Head, At) = (entry.Sequence, link, entry.At);
        Funding.AdvanceTo(entry.At);
        ApplyFleet(entry);
        if (entry.Resolution?.Charge is { } charge)
            CutAllowances.Set(new CutAllowanceUse(charge.Owner, charge.Used, entry.At));
        for (var i = 0; i < entry.End?.Count; i++)
            EndLease(entry.End[i], entry);
        for (var i = 0; i < entry.Close?.Count; i++)
            Close(entry.Close[i], entry, effects);
        if (entry.Queue is { } demand)
            Enqueue(demand, entry, effects);
        if (entry.Reserve is { } reservation)
            Reserve(reservation, effects);
        if (entry.Lapse is { } lapsed)
            Lapse(lapsed, effects);
        if (entry.Leave is { } departure)
            Leave(departure, effects);
        for (var i = 0; i < entry.Resize?.Count; i++)
            Resize(entry.Resize[i]);
        if (entry.Open is { } opening)
            Open(opening, entry.At, effects);
        for (var i = 0; i < entry.Swap?.Count; i++)
            Open(entry.Swap[i], entry.At, effects);
        for (var i = 0; i < entry.Assign?.Count; i++)
            Assign(entry.Assign[i]);
        if (resized.Count > 0)
            TellResized(effects);
        Funding.Settle(entry.At, effects.Funding);
        AppliedEntry.Check(this, entry);
    }

    /// <summary>Whether the fleet as it is could hold a demand, with its spares, if nothing else ran.</summary>
    /// <param name="demand">The demand.</param>
    public bool CanEverFit(Demand demand) => Fitting.CanEverFit(demand);

    /// <summary>
    /// The first instant after a given one at which time alone changes what may be decided: a window opens or closes,
    /// or a run that was cut too often may come back. Null if there is none.
    /// </summary>
    /// <param name="after">The instant.</param>
    public DateTimeOffset? NextBoundary(DateTimeOffset after)
    {
        var (window, comeback) = (Funding.NextBoundary(after), Queue.NextComeback(after));
        return window is null || comeback < window ? comeback ?? window : window;
    }

    /// <summary>The order in which waiting runs are served at an instant.</summary>
    /// <param name="now">The instant.</param>
    public Ranking RankingAt(DateTimeOffset now) => new(ServingOrders.Of(Serving), Durations, now);

    /// <summary>The expected duration of a run, from its start: what it states, corrected by what its owner's past
    /// statements were worth, else what its owner's runs took.</summary>
    /// <param name="demand">The run.</param>
    public TimeSpan ExpectedDuration(Demand demand) => demand.ExpectedDuration is { } stated
        ? Durations.Corrected(demand.Owner, stated) : Durations.Median(demand.Owner);

    internal void Restore(RunningRun run, IReadOnlyList<ClaimSnapshot> claims)
    {
        running.Add(run);
        for (var i = 0; i < run.OpenLeases.Length; i++)
        {
            var lease = run.OpenLeases[i];
            Occupy(run, lease);
            Funding.Restore(lease, run.Demand.Owner, run.PlaceOf(lease), run.Meter, claims[i]);
        }
    }

    private void ApplyFleet(LedgerEntry entry)
    {
        for (var i = 0; i < entry.Nodes?.Count; i++)
            Fleet.Put(entry.Nodes[i]);
        for (var i = 0; i < entry.NodesRemoved?.Count; i++)
            Fleet.Remove(entry.NodesRemoved[i]);
        if (entry.Loss is { } loss)
            Doubt(loss, entry);
        if (entry.Budgets is not null || entry.BudgetsRemoved is not null)
            Funding.Change(entry.Budgets ?? [], entry.BudgetsRemoved ?? []);
    }

    /// <summary>Cordons the nodes that may hold leases of which the ledger knows nothing, or readies them
    /// again.</summary>
    private void Doubt(LedgerLoss loss, LedgerEntry entry)
    {
        NodesDoubtedSince = loss.IsSettled ? null : entry.At;
        var set = new NodeStateChange(
            entry.By ?? LedgerLoss.NodeSetBy, entry.At, loss.IsSettled ? null : LedgerLoss.NodeReason);
        var changed = Fleet.Nodes.Where(node => loss.IsSettled
                ? node is { State: NodeState.Cordoned, StateSet.Reason: LedgerLoss.NodeReason }
                : node.State is NodeState.Ready or NodeState.Draining)
            .OrderBy(node => node.Name, StringComparer.Ordinal).ToArray();
        foreach (var node in changed)
            Fleet.Put(node with { State = loss.IsSettled ? NodeState.Ready : NodeState.Cordoned, StateSet = set,
                EmptyBy = null });
    }

    private void Enqueue(Demand demand, LedgerEntry entry, FlavorEffects effects)
    {
        var before = Queue.Remove(demand.Run, out var reservation);
        var waiting = Queue.Add(demand, before?.Since ?? entry.At);
        Fitting.Joined(waiting);
        // A reservation survives a change of terms. It loses its slice and payers, and so is planned again at once.
        if (reservation is not null)
        {
            Queue.Reserve(waiting, reservation with { IntendedSlice = [], Payers = [] });
            Queue.Amendments++;
        }
        if (before is null && entry.Reserve is null)
        {
            Decisions = Decisions with { Waiting = Decisions.Waiting + 1 };
            effects.Runs.Add(new RunFact { Sequence = Sequence, Flavor = Flavor, Run = demand.Run, At = entry.At,
                Kind = RunFactKind.Queued });
        }
        (waiting.Forecast, waiting.ForecastBaseline) = Forecaster.WhenEnqueued(this, waiting, entry.At);
    }

    private void Reserve(Reservation reservation, FlavorEffects effects)
    {
        var waiting = Waiting(reservation.Run);
        var isNew = waiting.Reservation is null;
        if (reservation.Moves > (waiting.Reservation?.Moves ?? 0) && reservation.Moved is { } moved)
            PromiseMoves.Add(moved.Cause);
        Queue.Reserve(waiting, reservation);
        if (!isNew)
            return;
        if (waiting.Since == At && reservation.IntendedSlice.Count > 0)
            (waiting.Forecast, waiting.ForecastBaseline) = Forecaster.At(
                this, At, reservation.EarliestStart - At, Durations.Expected(waiting.Demand));
        Decisions = Decisions with { Reserved = Decisions.Reserved + 1 };
        effects.Runs.Add(new RunFact { Sequence = Sequence, Flavor = Flavor, Run = reservation.Run, At = At,
            Kind = RunFactKind.Reserved });
    }

    private void Lapse(RunKey run, FlavorEffects effects)
    {
        Queue.Reserve(Waiting(run), null);
        effects.Runs.Add(
            new RunFact { Sequence = Sequence, Flavor = Flavor, Run = run, At = At, Kind = RunFactKind.Queued });
    }

    private void Leave(Departure departure, FlavorEffects effects)
    {
        var waiting = Queue.Remove(departure.Run) ?? throw new InvalidOperationException(
            $"{departure.Run} left the queue of {Flavor} without being in it.");
        if (departure.Reason == LeaseEndReason.Cancelled)
            CancelledAt = At;
        effects.Runs.Add(new RunFact { Sequence = Sequence, Flavor = Flavor, Run = departure.Run, At = At,
            Kind = departure.Held ? RunFactKind.Withdrawn : RunFactKind.Left, Reason = departure.Reason,
            Attempt = waiting.Demand.Attempt, SubmittedAt = waiting.Demand.SubmittedAt,
            Place = departure.Held && waiting.Demand.AdmittedAt is { } admittedAt
                ? new RunPlace(admittedAt, waiting.Demand.EarlyCuts) : null });
    }

    private void Open(Opening opening, DateTimeOffset at, FlavorEffects effects)
    {
        if (opening.FirstLease != NextLease)
            throw new InvalidOperationException(
                $"Lease {opening.FirstLease} was opened where {NextLease} is next in {Flavor}.");
        if (running.Find(opening.Starts()) is not { } run)
        {
            run = Start(opening, at);
            Gain(run, opening, at);
            Decisions = Decisions with { Bound = Decisions.Bound + 1 };
            effects.Runs.Add(new RunFact { Sequence = Sequence, Flavor = Flavor, Run = run.Demand.Run, At = at,
                Kind = RunFactKind.Started, Attempt = run.Demand.Attempt, Gpus = run.Gpus(), Leases = run.Leases });
            return;
        }
        MarkResized(run, new RunFact { Sequence = Sequence, Flavor = Flavor, Run = run.Demand.Run, At = at,
            Kind = RunFactKind.Resized, Began = opening.Reason });
        Gain(run, opening, at);
    }

    private void Gain(RunningRun run, Opening opening, DateTimeOffset at)
    {
        if (opening.Leases is [var only])
        {
            run.Gain([Mint(only, opening.Reason, run, at)]);
            return;
        }
        var minted = new Lease[opening.Leases.Count];
        for (var i = 0; i < minted.Length; i++)
            minted[i] = Mint(opening.Leases[i], opening.Reason, run, at);
        run.Gain(minted);
    }

    private void Resize(WidthChange change)
    {
        var run = running.Find(change.Run) ?? throw new InvalidOperationException(
            $"{change.Run} was resized in {Flavor} without running.");
        run.Demand = run.Demand.WithDesired(change.Desired);
        running.ElasticChanges++;
    }

    /// <summary>Remembers that the leases of a running run are about to change, and the first cause of it.</summary>
    private void MarkResized(RunningRun run, RunFact fact)
    {
        running.ElasticChanges++;
        run.ChangedAt = At;
        foreach (var (known, _, _) in resized)
        {
            if (known == run)
                return;
        }
        resized.Add((run, fact, run.Gpus()));
    }

    /// <summary>Tells each run whose leases changed, and that goes on, what it holds now.</summary>
    private void TellResized(FlavorEffects effects)
    {
        foreach (var (run, fact, before) in resized)
        {
            if (running.Find(run.Demand.Run) != run)
                continue;
            Actions = Actions.With(fact, run.Gpus() - before);
            effects.Runs.Add(fact with { Attempt = run.Demand.Attempt, Gpus = run.Gpus(), Leases = run.Leases });
        }
        resized.Clear();
    }

    private RunningRun Start(Opening opening, DateTimeOffset at)
    {
        var demand = opening.Demand;
        if (demand is null)
        {
            var waiting = Waiting(opening.Run!.Value);
            demand = waiting.Demand with { Attempt = waiting.Demand.Attempt + 1, AdmittedAt = waiting.Demand.AdmittedAt
                ?? waiting.Reservation?.Made };
            Queue.Remove(demand.Run);
            Forecaster.Learn(this, waiting, at);
        }
        var run = new RunningRun(demand, at, at + ExpectedDuration(demand));
        running.Add(run);
        return run;
    }

    private void Close(Closing closing, LedgerEntry entry, FlavorEffects effects)
    {
        var run = running.Find(closing.Run) ?? throw new InvalidOperationException(
            $"{closing.Run} ended in {Flavor} without running.");
        foreach (var lease in run.OpenLeases)
            Vacate(run, lease, entry.At);
        running.Remove(run);
        if (closing.Reason == LeaseEndReason.Completed)
            Durations.Add(
                run.Demand.Owner, run.Demand.Gpus, entry.At - run.StartedAt, run.Demand.ExpectedDuration);
        else if (closing.Reason == LeaseEndReason.Cancelled)
            CancelledAt = entry.At;
        Decisions = closing.Reason is LeaseEndReason.ReclaimUnfunded or LeaseEndReason.RandomPreempt
            ? Decisions with { Reclaimed = Decisions.Reclaimed + 1 }
            : Decisions with { Ended = Decisions.Ended + 1 };
        if (closing.Reason == LeaseEndReason.RandomPreempt)
            Actions = Actions with { Drawn = Actions.Drawn + 1 };
        if (closing.Requeue)
        {
            var wasCut = closing.Reason is LeaseEndReason.ReclaimUnfunded or LeaseEndReason.RandomPreempt;
            var isEarly = entry.At - run.StartedAt < WorkAtRisk.ProtectedTime(run.Demand);
            var waiting = Queue.Add(
                run.Demand with
                {
                    AdmittedAt = run.Demand.AdmittedAt ?? run.StartedAt,
                    EarlyCuts = !wasCut ? run.Demand.EarlyCuts : isEarly ? run.Demand.EarlyCuts + 1 : 0,
                },
                entry.At);
            Fitting.Joined(waiting);
            (waiting.Forecast, waiting.ForecastBaseline) = Forecaster.WhenEnqueued(this, waiting, entry.At);
        }
        effects.Runs.Add(new RunFact
        {
            Sequence = Sequence,
            Flavor = Flavor,
            Run = closing.Run,
            At = entry.At,
            Kind = closing.Requeue ? RunFactKind.Cut : RunFactKind.Closed,
            Reason = closing.Reason,
            Attempt = run.Demand.Attempt,
            SubmittedAt = run.Demand.SubmittedAt,
            Seed = closing.Seed,
            Cause = CauseOf(closing, entry),
            Node = closing.Reason is LeaseEndReason.NodeFailure or LeaseEndReason.ReclaimedBySpare
                ? FencedBy(entry) : null,
            GpuSeconds = run.Meter.GpuSeconds,
        });
    }

    /// <summary>The run for which another one closes, if it is known.</summary>
    private static RunKey? CauseOf(Closing closing, LedgerEntry entry) =>
        closing.Reason == LeaseEndReason.ReclaimedBySpare
            ? entry.Swap is [{ } only] ? only.Starts() : null
            : entry.Open?.Starts();

    private static string? FencedBy(LedgerEntry entry)
    {
        for (var i = 0; i < entry.Nodes?.Count; i++)
        {
            if (entry.Nodes[i].State == NodeState.Fenced)
                return entry.Nodes[i].Name;
        }
        return null;
    }

    private Lease Mint(OpeningLease lease, LeaseStartReason reason, RunningRun run, DateTimeOffset at)
    {
        var minted = new Lease
        {
            Id = NextLease++,
            Run = run.Demand.Run,
            Group = lease.Group,
            Chunk = lease.Chunk,
            Slots = lease.Slots,
            Role = lease.Role,
            Payer = lease.Payer,
            Start = at,
            Reason = reason,
        };
        Occupy(run, minted);
        Funding.Add(minted, run.Demand.Owner, run.PlaceOf(minted), run.Meter);
        return minted;
    }

    private void Assign(PayerAssignment assignment)
    {
        var run = running.Find(assignment.Run) ?? throw new InvalidOperationException(
            $"{assignment.Run} was given a payer in {Flavor} without running.");
        Funding.Assign(run.Assign(assignment.Lease, assignment.Payer));
    }

    private void EndLease(LeaseEnd end, LedgerEntry entry)
    {
        var run = running.Find(end.Run) ?? throw new InvalidOperationException(
            $"Lease {end.Lease} of {end.Run} ended in {Flavor} without its run.");
        MarkResized(run, new RunFact
        {
            Sequence = Sequence,
            Flavor = Flavor,
            Run = end.Run,
            At = end.At,
            Kind = RunFactKind.Resized,
            Reason = end.Reason,
            Cause = entry.Open?.Starts() is { } other && other != end.Run ? other : null,
            Node = FencedBy(entry),
        });
        Vacate(run, run.Lose(end.Lease), end.At);
        if (end.Reason == LeaseEndReason.Swap)
            Actions = Actions with { Swapped = Actions.Swapped + 1 };
    }

    private void Occupy(RunningRun run, Lease lease)
    {
        running.Gained(run, lease);
        for (var i = 0; i < lease.Slots.Count; i++)
            Fleet.Take(lease.Slots[i], lease.Role);
        if (lease.Role == LeaseRole.Spare)
            Spares += lease.Gpus();
    }

    private void Vacate(RunningRun run, Lease lease, DateTimeOffset at)
    {
        running.Lost(run, lease);
        for (var i = 0; i < lease.Slots.Count; i++)
            Fleet.Release(lease.Slots[i], lease.Role);
        if (lease.Role == LeaseRole.Spare)
            Spares -= lease.Gpus();
        Funding.Remove(lease.Id, at);
    }

    private WaitingRun Waiting(RunKey run) =>
        Queue.Find(run) ?? throw new InvalidOperationException($"{run} does not wait in {Flavor}.");
}
