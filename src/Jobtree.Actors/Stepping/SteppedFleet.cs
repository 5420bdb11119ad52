using System.Text.Json;
using Jobtree.Actors.Directories;
using Jobtree.Actors.Envelopes;
using Jobtree.Actors.Flavors;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Manifests;

namespace Jobtree.Actors.Stepping;

/// <summary>
/// All actors of a fleet, stepped in one thread under a clock that the caller advances. A message is a plain call, and
/// only <see cref="Settle"/> delivers facts, so the same commands give the same ledger. Tests, replay, state files and
/// the fault simulator use it. It is not thread-safe: callers on several threads must take turns.
/// </summary>
public sealed class SteppedFleet : IFleet
{
    private static readonly ActorKey DirectoryKey = new(ActorKind.Directory, "fleet");

    private readonly SteppedFleetOptions options;
    private readonly IExecutor executor;
    private readonly DirectoryActor directory;
    private readonly SortedDictionary<string, SteppedFlavor> flavors = new(StringComparer.Ordinal);
    private readonly Dictionary<EnvelopeKey, EnvelopeActor> envelopes = [];
    private readonly Dictionary<RunKey, RunActor> runs = [];
    private readonly RunIndex index = new();

    /// <summary>A fleet with no nodes, budgets or runs.</summary>
    /// <param name="options">The fleet's options.</param>
    public SteppedFleet(SteppedFleetOptions options)
    {
        this.options = options;
        executor = options.Executor ?? new NoExecutor();
        directory = new DirectoryActor(
            options.Journals(DirectoryKey), this, new ReportedNodes(options.Time));
    }

    /// <inheritdoc/>
    public IRun Run(RunKey run) => RunOf(run);

    /// <inheritdoc/>
    public IFlavor Flavor(string flavor) => FlavorOf(flavor).Actor;

    /// <inheritdoc/>
    public IEnvelope Envelope(EnvelopeKey envelope) => EnvelopeOf(envelope);

    /// <inheritdoc/>
    public IDirectory Directory() => directory;

    /// <inheritdoc/>
    public IRunIndex Runs() => index;

    /// <summary>
    /// Delivers all facts and carries out what is due, until nothing is left at the clock's current instant.
    /// </summary>
    public async ValueTask Settle()
    {
        do
            await SettleFlavors();
        while (await WakeFollowers());
    }

    private async ValueTask SettleFlavors()
    {
        bool again;
        do
        {
            again = directory.HasUndelivered;
            await directory.Deliver();
            foreach (var (actor, courier) in flavors.Values)
            {
                if (actor.NextWake is { } due && due <= options.Time.GetUtcNow())
                    await actor.Tick();
                again |= actor.HasUndelivered;
                await courier.Deliver();
            }
        }
        while (again);
    }

    /// <summary>Has the runs look at their upstream runs whose upstream runs have changed or whose grace is over.
    /// </summary>
    private async ValueTask<bool> WakeFollowers()
    {
        var upstreams = index.Upstreams();
        if (upstreams.Count == 0)
            return false;
        var states = upstreams.Zip(index.StatesOf(upstreams)).ToDictionary(pair => pair.First, pair => pair.Second);
        var due = index.TakeDueFollowers(states, options.Time.GetUtcNow());
        foreach (var follower in due)
            await RunOf(follower.Run).Resume();
        return due.Count > 0;
    }

    /// <summary>The next instant at which <see cref="Settle"/> would find something due; null if none.</summary>
    public DateTimeOffset? NextWake =>
        flavors.Values.Select(flavor => flavor.Actor.NextWake).Append(index.NextFollowerWake).Min();

    /// <summary>The flavors that have an actor here, in order.</summary>
    public IReadOnlyCollection<string> FlavorNames => flavors.Keys;

    /// <summary>
    /// The state of a flavor, to be read between two steps and never changed. Null if the flavor has no actor here.
    /// </summary>
    /// <param name="flavor">The flavor.</param>
    public FlavorState? State(string flavor) => flavors.TryGetValue(flavor, out var known) ? known.Actor.State : null;

    /// <summary>Replays one journal record of an actor during recovery.</summary>
    /// <param name="actor">The actor.</param>
    /// <param name="record">The record's bytes.</param>
    public void Replay(ActorKey actor, ReadOnlySpan<byte> record)
    {
        switch (actor.Kind)
        {
            case ActorKind.Run:
                RunOf(RunKey.Parse(actor.Name)).Replay(record);
                break;
            case ActorKind.Flavor:
                FlavorOf(actor.Name).Actor.Replay(record);
                break;
            case ActorKind.Envelope:
                EnvelopeOf(EnvelopeKey.Parse(actor.Name)).Replay(record);
                break;
            default:
                directory.Replay(record);
                break;
        }
    }

    /// <summary>Restores the snapshot of an actor during recovery.</summary>
    /// <param name="actor">The actor.</param>
    /// <param name="state">The snapshot's bytes.</param>
    public void Restore(ActorKey actor, ReadOnlySpan<byte> state)
    {
        switch (actor.Kind)
        {
            case ActorKind.Run:
                RunOf(RunKey.Parse(actor.Name)).Restore(state);
                break;
            case ActorKind.Flavor:
                FlavorOf(actor.Name).Actor.Restore(state);
                break;
            case ActorKind.Envelope:
                EnvelopeOf(EnvelopeKey.Parse(actor.Name)).Restore(state);
                break;
            default:
                directory.Restore(state);
                break;
        }
    }

    /// <summary>Restores the state of a flavor from elsewhere, such as another fleet.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="state">Its state.</param>
    public void Restore(string flavor, FlavorSnapshot state) => FlavorOf(flavor).Actor.Restore(state);

    /// <summary>Takes over leases that ended before the restored state of a flavor.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="ended">The leases, each with its end.</param>
    public void RestoreEnded(string flavor, IEnumerable<LeaseManifest> ended) =>
        FlavorOf(flavor).Actor.RestoreEnded(ended);

    /// <summary>Restores the record of a run from elsewhere, such as another fleet.</summary>
    /// <param name="run">The record.</param>
    public void Restore(RunRecord run) => RunOf(run.Key).Restore(run);

    /// <summary>Restores the directory from elsewhere, such as another fleet.</summary>
    /// <param name="budgets">The budgets.</param>
    /// <param name="nodes">The names of the nodes of each flavor.</param>
    public void RestoreDirectory(
        IReadOnlyList<Budget> budgets, IReadOnlyDictionary<string, IEnumerable<string>> nodes) =>
        directory.Restore(new DirectorySnapshot(
            1, budgets, [.. nodes.SelectMany(flavor => flavor.Value.Select(node => new NodeEntry(node, flavor.Key)))],
            [.. nodes.Keys]));

    /// <summary>
    /// Starts the fleet after recovery: indexes the runs, delivers pending facts, and resumes runs and executor.
    /// </summary>
    public async ValueTask Resume()
    {
        foreach (var record in runs.Values.Select(run => run.Record).OfType<RunRecord>())
            index.Put(record);
        index.Begin();
        await directory.Resume();
        foreach (var (actor, courier) in flavors.Values)
        {
            await courier.Deliver();
            await actor.Tick();
        }
        var open = runs.Values.Select(run => run.Record).OfType<RunRecord>()
            .Where(run => run.IsInterrupted || run.MayHaveUntoldWidth
                || (options.Executor is not null && run.Phase == RunPhase.Running));
        foreach (var run in open.OrderBy(run => run.SubmittedAt).ThenBy(run => run.Key).ToArray())
            await RunOf(run.Key).Resume();
        await Settle();
    }

    /// <summary>The snapshot of every actor that has one, and the number of the last record that it covers.</summary>
    public IEnumerable<(ActorKey Actor, long Sequence, byte[] State)> Snapshots()
    {
        var (sequence, state) = directory.Snapshot();
        yield return (DirectoryKey, sequence, state);
        foreach (var (name, flavor) in flavors)
        {
            var snapshot = flavor.Actor.Snapshot();
            state = JsonSerializer.SerializeToUtf8Bytes(snapshot, FlavorJson.Default.FlavorActorSnapshot);
            yield return (new ActorKey(ActorKind.Flavor, name), snapshot.State.Sequence, state);
        }
        foreach (var (key, envelope) in envelopes)
        {
            (sequence, state) = envelope.Snapshot();
            yield return (new ActorKey(ActorKind.Envelope, key.ToString()), sequence, state);
        }
        foreach (var (key, run) in runs.Where(run => run.Value.Record is not null))
        {
            (sequence, state) = run.Snapshot();
            yield return (new ActorKey(ActorKind.Run, key.ToString()), sequence, state);
        }
    }

    private RunActor RunOf(RunKey run)
    {
        if (!runs.TryGetValue(run, out var actor))
        {
            var journal = options.Journals(new ActorKey(ActorKind.Run, run.ToString()));
            runs.Add(run, actor = new RunActor(run, journal, this, executor, options.Time));
        }
        return actor;
    }

    private SteppedFlavor FlavorOf(string flavor)
    {
        if (!flavors.TryGetValue(flavor, out var known))
        {
            var journal = options.Journals(new ActorKey(ActorKind.Flavor, flavor));
            var actor = new FlavorActor(flavor, journal, options.Time, options.Scheduler);
            flavors.Add(flavor, known = new SteppedFlavor(actor, new FlavorCourier(actor, this)));
        }
        return known;
    }

    private EnvelopeActor EnvelopeOf(EnvelopeKey envelope)
    {
        if (!envelopes.TryGetValue(envelope, out var actor))
        {
            var journal = options.Journals(new ActorKey(ActorKind.Envelope, envelope.ToString()));
            envelopes.Add(envelope, actor = new EnvelopeActor(envelope, journal, options.Time));
        }
        return actor;
    }

    private sealed record SteppedFlavor(FlavorActor Actor, FlavorCourier Courier);
}

/// <summary>The options of a stepped fleet.</summary>
public sealed record SteppedFleetOptions
{
    /// <summary>The clock; it stands still during a step.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Creates each actor's journal, which must complete an append at once. By default nothing is
    /// stored.</summary>
    public Func<ActorKey, IJournal> Journals { get; init; } = _ => NoJournal.Instance;

    /// <summary>Carries out starts and stops. If absent, nobody does, and <see cref="SteppedFleet.Resume"/> does not
    /// restart running work.</summary>
    public IExecutor? Executor { get; init; }

    /// <summary>The scheduler's limits and times.</summary>
    public SchedulerOptions Scheduler { get; init; } = new();
}
