using Jobtree.Actors.Operations;
using Jobtree.Core.Forecasting;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Manifests;

namespace Jobtree.Actors.Flavors;

/// <summary>The views of a flavor's state.</summary>
internal static class FlavorReport
{
    public static FlavorView View(FlavorState state, DateTimeOffset now)
    {
        var nodes = state.Fleet.Nodes.ToArray();
        var idle = nodes.ToDictionary(node => node.Name, node => node.Gpus - System.Numerics.BitOperations.PopCount(
            state.Fleet.UsedSlots(node.Name)));
        var fenced = nodes.Sum(node => node.State == NodeState.Fenced ? node.Gpus : 0);
        var cordoned = nodes.Sum(
            node => node.State is NodeState.Cordoned or NodeState.Draining ? idle[node.Name] : 0);
        return new FlavorView
        {
            Flavor = state.Flavor,
            Nodes = Enum.GetValues<NodeState>().ToDictionary(
                nodeState => nodeState, nodeState => nodes.Count(node => node.State == nodeState)),
            Gpus = state.Fleet.Gpus,
            Free = state.Fleet.Free,
            Used = state.Fleet.Gpus - state.Fleet.Free - fenced - cordoned,
            Cordoned = cordoned,
            Fenced = fenced,
            ByClass = state.Funding.InUse,
            NodesDoubtedSince = state.NodesDoubtedSince,
            Spares = state.Spares,
            Fragmentation = state.Fleet.Fragmentation(),
            Stranded = state.Fleet.Stranded(),
            Waiting = state.Queue.Count - state.Queue.Reserved,
            Reserved = state.Queue.Reserved,
            Running = state.Running.Count,
            DemandGpus = state.Queue.Gpus,
            Backlog = Forecaster.Backlog(state, now),
            NeverFitting = state.NeverFitting is { Runs: > 0 } unfit ? unfit.Runs : null,
            NeverFittingGpus = state.NeverFitting is { Gpus: > 0 } gpus ? gpus.Gpus : null,
            PromiseMoves = Enum.GetValues<MoveCause>().ToDictionary(cause => cause, state.PromiseMoves.Of),
            NextGpu = Forecaster.NextGpu(state, now),
            Decisions = new Dictionary<string, long>
            {
                ["bound"] = state.Decisions.Bound,
                ["reserved"] = state.Decisions.Reserved,
                ["waiting"] = state.Decisions.Waiting,
                ["ended"] = state.Decisions.Ended,
                ["reclaimed"] = state.Decisions.Reclaimed,
            },
            Actions = new Dictionary<string, long>
            {
                ["grown"] = state.Actions.Grown,
                ["shrunk"] = state.Actions.Shrunk,
                ["swapped"] = state.Actions.Swapped,
                ["yielded"] = state.Actions.Yielded,
                ["sparesDropped"] = state.Actions.SparesDropped,
                ["drawn"] = state.Actions.Drawn,
            },
            ElasticGpus = state.ElasticGpus(),
            OverdueNodes = nodes.Count(node => node.EmptyBy <= now && state.Fleet.UsedSlots(node.Name) != 0),
            StartLateness = state.Lateness.Take(),
            LedgerSequence = state.Sequence,
            LedgerHead = HashChain.ToHex(state.Head),
        };
    }

    public static RunPosition? Position(FlavorState state, Scheduler scheduler, RunKey key, DateTimeOffset now)
    {
        if (state.Running.TryGetValue(key, out var run))
        {
            var gpus = default(ClassSplit);
            foreach (var lease in run.Leases)
                gpus = gpus.Plus(state.Funding.ClassOf(lease.Id), lease.Gpus());
            var hours = (run.Meter.GpuSeconds + state.Funding.Unmetered(run.Leases, now)).Times(1 / 3600d);
            return new RunPosition(new RunFundingStatus(gpus, hours, Lenders(state, run)), null, null, [.. run.Leases]);
        }
        return state.Queue.Find(key) is { } waiting
            ? new RunPosition(new RunFundingStatus(default, default, []),
                scheduler.ForecastsAt(now).Of(key, now), waiting.Reservation, [],
                Forecaster.KeptUntil(state, waiting, now), PromiseText.WindowFor(state, waiting, now),
                scheduler.QueueAt(now).PlaceOf(key))
            : null;
    }

    public static IReadOnlyList<QueuedRun> Queued(Scheduler scheduler, IReadOnlyList<RunKey> runs, DateTimeOffset now)
    {
        var forecasts = scheduler.ForecastsAt(now);
        var queued = new List<QueuedRun>(runs.Count);
        foreach (var run in runs)
        {
            if (forecasts.Queue.PlaceOf(run) is { } place)
                queued.Add(new QueuedRun(run, place, forecasts.Of(run, now)!));
        }
        return queued;
    }

    public static IReadOnlyList<NodeView> Nodes(FlavorState state, DateTimeOffset now)
    {
        var empty = WhenEmpty(state, now);
        return [.. state.Fleet.Nodes.OrderBy(node => node.Name, StringComparer.Ordinal).Select(node =>
        {
            var used = System.Numerics.BitOperations.PopCount(state.Fleet.UsedSlots(node.Name));
            return new NodeView(node, used, node.State == NodeState.Ready ? node.Gpus - used : 0)
            {
                EmptyExpected = empty.TryGetValue(node.Name, out var at) ? at : null,
                IsOverdue = used > 0 && node.EmptyBy <= now ? true : null,
            };
        })];
    }

    /// <summary>The last expected end of the work on each node that takes no new work.</summary>
    private static Dictionary<string, DateTimeOffset> WhenEmpty(FlavorState state, DateTimeOffset now)
    {
        var nodes = state.Fleet.Nodes.Where(node => node.State != NodeState.Ready
            && state.Fleet.UsedSlots(node.Name) != 0).Select(node => node.Name).ToHashSet();
        var empty = new Dictionary<string, DateTimeOffset>();
        if (nodes.Count == 0)
            return empty;
        foreach (var run in state.Running.Values)
        {
            var end = now + Forecaster.Remaining(state, run, now);
            foreach (var slots in run.Leases.SelectMany(lease => lease.Slots).Where(at => nodes.Contains(at.Node)))
                empty[slots.Node] = empty.TryGetValue(slots.Node, out var known) && known > end ? known : end;
        }
        return empty;
    }

    public static IReadOnlyList<LeaseManifest> Leases(FlavorState state, IEnumerable<LeaseManifest> ended) =>
        [.. ended.Concat(state.Running.Values.SelectMany(run => run.Leases).Select(lease =>
            new LeaseManifest(Shown(state, lease), null, state.Funding.ClassOf(lease.Id))))
            .OrderBy(lease => lease.Lease.Id)];

    public static IReadOnlyList<ReservationView> Reservations(
        FlavorState state, Scheduler scheduler, DateTimeOffset now) =>
        [.. state.Queue.WithReservation.Select(waiting => new ReservationView(
            waiting.Reservation!,
            state.Flavor,
            Scope(state, waiting.Reservation!),
            state.ForecastErrors.Coverage,
            Explainer.Remedies(state, scheduler, waiting.Demand, now),
            waiting.Reservation!.EarliestStart > now ? waiting.Reservation.EarliestStart - now : TimeSpan.Zero,
            scheduler.ForecastsAt(now).Of(waiting.Demand.Run, now)
                ?? Forecaster.At(state, now, waiting.Reservation.EarliestStart - now).Eta))];

    /// <summary>A lease for display, without a payer that no longer exists; the ledger still records it.</summary>
    private static Lease Shown(FlavorState state, Lease lease) =>
        lease.Payer is { } payer && state.Funding.OwnerOf(payer) is null ? lease with { Payer = null } : lease;

    private static IReadOnlyList<string> Lenders(FlavorState state, RunningRun run) =>
        [.. run.Leases.Where(lease => state.Funding.ClassOf(lease.Id) is FundingClass.Shared or FundingClass.Borrowed)
            .Select(lease => state.Funding.OwnerOf(lease.Payer!.Value)!).Distinct()];

    private static string Scope(FlavorState state, Reservation reservation)
    {
        var domains = reservation.IntendedSlice.Select(slots => state.Fleet.Find(slots.Node)?.Domain()).Distinct()
            .ToArray();
        return domains is [{ } domain] ? domain.ToString() : "fleet";
    }
}

/// <summary>An envelope as its flavor sees it.</summary>
/// <param name="Envelope">The envelope.</param>
/// <param name="Owner">The envelope's owner.</param>
/// <param name="Terms">The envelope's terms.</param>
/// <param name="Headroom">The GPUs that it could fund beside all that it funds now.</param>
/// <param name="Gpus">GPUs now claimed on it, by class.</param>
/// <param name="SpareGpus">The number of these that are spares.</param>
/// <param name="Recallable">The GPUs beyond the headroom that its owner could recall from its family.</param>
/// <param name="Promised">GPUs that reservations are to claim on it.</param>
public sealed record EnvelopeRoom(
    EnvelopeKey Envelope, string Owner, Envelope Terms, int Headroom, ClassSplit Gpus, int SpareGpus,
    int Recallable = 0, int Promised = 0);

/// <summary>A run's position in its flavor.</summary>
/// <param name="Funding">The current payers, and GPU-hours of the current attempt.</param>
/// <param name="Eta">The forecast while the run waits.</param>
/// <param name="Reservation">The run's reservation, while it holds one.</param>
/// <param name="Leases">The run's open leases.</param>
/// <param name="CoolsOffUntil">Until when the run, which was cut early, is kept back although it would fit; absent: it
/// is not.</param>
/// <param name="WaitsFor">The window that a waiting run needs, in a sentence. Absent if it waits for something else.
/// </param>
/// <param name="Queue">Its place in the queue while it waits. Absent if it can never fit.</param>
public sealed record RunPosition(RunFundingStatus Funding, RunEta? Eta, Reservation? Reservation,
    IReadOnlyList<Lease> Leases, DateTimeOffset? CoolsOffUntil = null, string? WaitsFor = null,
    QueuePlace? Queue = null);

/// <summary>A waiting run in the queue of its flavor.</summary>
/// <param name="Run">The run.</param>
/// <param name="Place">Its place.</param>
/// <param name="Eta">When it is expected to start.</param>
public sealed record QueuedRun(RunKey Run, QueuePlace Place, RunEta Eta);
