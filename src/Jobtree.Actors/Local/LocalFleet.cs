using System.Collections.Concurrent;
using Jobtree.Actors.Directories;
using Jobtree.Actors.Envelopes;
using Jobtree.Actors.Flavors;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Json;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Local;

/// <summary>
/// All actors of a fleet in one process. A message is a call on the receiver's lane; facts are delivered by one loop
/// per flavor. The embedded host, the state files of the CLI and the simulator all run this.
/// </summary>
public sealed class LocalFleet : IFleet, IExecutionReports, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, LocalFlavor> flavors = new();
    private readonly ConcurrentDictionary<EnvelopeKey, LocalEnvelope> envelopes = new();
    private readonly LocalDirectory directory;
    private readonly LocalRunIndex index;
    private readonly LocalRuns runs;
    private readonly LocalFleetOptions options;
    private readonly SharedText texts = new();
    private readonly LocalAlarm alarm;

    /// <summary>A fleet with no nodes, budgets or runs.</summary>
    /// <param name="options">What it is made with.</param>
    public LocalFleet(LocalFleetOptions options)
    {
        this.options = options;
        directory = new LocalDirectory(
            new DirectoryActor(options.Journals(new ActorKey(ActorKind.Directory, "fleet")), this));
        // Versions of another start must not pass for this one's, or a watcher would go on where nothing was said: they
        // begin at the clock's microseconds.
        index = new LocalRunIndex(options.Stepped ? 0 : LocalRunIndex.VersionAt(options.Time));
        runs = new LocalRuns(this, options, options.Executor ?? new NoExecutor(), index, texts);
        alarm = new LocalAlarm(options.Time, Ring);
    }

    /// <summary>
    /// Tells of a delivery that failed, such as on a journal that takes nothing more; it is tried again with the next
    /// turn of the flavor.
    /// </summary>
    public event Action<Exception>? DeliveryFailed;

    /// <summary>How many runs there are, those that ended among them.</summary>
    public int RunCount => runs.Count;

    /// <inheritdoc/>
    public IRun Run(RunKey run) => new LocalRun(run, runs);

    /// <inheritdoc/>
    public IFlavor Flavor(string flavor) => LocalFlavor(flavor);

    /// <inheritdoc/>
    public IEnvelope Envelope(EnvelopeKey envelope) => LocalEnvelope(envelope);

    /// <inheritdoc/>
    public IDirectory Directory() => directory;

    /// <inheritdoc/>
    public IRunIndex Runs() => index;

    /// <inheritdoc/>
    public async ValueTask Exited(RunKey run, int attempt, bool succeeded, string? message)
    {
        await Run(run).Complete(CompletionReport.OfExit(run, attempt, succeeded, message));
        if (options.Stepped)
            await Settle();
    }

    /// <summary>
    /// Delivers all facts and serves what is due, until nothing is left to do at the clock's present instant.
    /// </summary>
    public async ValueTask Settle()
    {
        bool again;
        do
        {
            again = false;
            foreach (var flavor in flavors.Values.OrderBy(flavor => flavor.Name, StringComparer.Ordinal))
            {
                if (flavor.Actor.NextWake is { } due && due <= options.Time.GetUtcNow())
                    await flavor.Tick();
                again |= flavor.Actor.HasUndelivered;
                await flavor.Courier.Deliver();
            }
        }
        while (again);
    }

    /// <summary>The next instant at which <see cref="Settle"/> would find something due; null: none.</summary>
    public DateTimeOffset? NextWake => flavors.Values.Select(flavor => flavor.Actor.NextWake).Min();

    /// <summary>
    /// The state of a flavor, for simulators and audits of a stepped fleet: to be read between turns, and never
    /// changed. Null: no such flavor has an actor here.
    /// </summary>
    /// <param name="flavor">The flavor.</param>
    public FlavorState? State(string flavor) => flavors.TryGetValue(flavor, out var known) ? known.Actor.State : null;

    /// <summary>Takes in one journal record of an actor, at recovery.</summary>
    /// <param name="actor">The actor.</param>
    /// <param name="record">The record's bytes.</param>
    public void Replay(ActorKey actor, ReadOnlySpan<byte> record)
    {
        switch (actor.Kind)
        {
            case ActorKind.Run:
                Replay(RunOf(actor, inSnapshot: false), record);
                break;
            case ActorKind.Flavor:
                var flavor = LocalFlavor(actor.Name).Actor;
                flavor.Replay(record, texts);
                if (flavor.HasGatheredMuch)
                    ForgetSeen(flavor, actor.Name);
                break;
            case ActorKind.Envelope:
                LocalEnvelope(EnvelopeKey.Parse(actor.Name)).Actor.Replay(record, texts);
                break;
            default:
                directory.Actor.Replay(record);
                break;
        }
    }

    /// <summary>Takes in one journal record of a run, at recovery.</summary>
    /// <param name="run">The run, as <see cref="RunOf"/> gives it.</param>
    /// <param name="record">The record's bytes.</param>
    public void Replay(RunKey run, ReadOnlySpan<byte> record) => runs.Replay(run, record);

    /// <summary>Takes over the snapshot of a run, at recovery.</summary>
    /// <param name="run">The run, as <see cref="RunOf"/> gives it.</param>
    /// <param name="state">The snapshot's bytes.</param>
    public void Restore(RunKey run, ReadOnlySpan<byte> state) => runs.Restore(run, state);

    /// <summary>The run that an actor is, with texts that runs share: to be asked once for all its records.</summary>
    /// <param name="actor">The actor of a run.</param>
    /// <param name="inSnapshot">Whether a snapshot names it: its flavor, which names it too, stands far from it
    /// there.</param>
    public RunKey RunOf(ActorKey actor, bool inSnapshot)
    {
        var slash = actor.Name.IndexOf('/', StringComparison.Ordinal);
        return slash < 0
            ? RunKey.Parse(actor.Name)
            : new RunKey(texts.Of(actor.Name.AsSpan(0, slash)), inSnapshot ? actor.Name[(slash + 1)..]
                : texts.Of(actor.Name.AsSpan(slash + 1)));
    }

    /// <summary>Takes over the snapshot of an actor, at recovery.</summary>
    /// <param name="actor">The actor.</param>
    /// <param name="state">The snapshot's bytes.</param>
    public void Restore(ActorKey actor, ReadOnlySpan<byte> state)
    {
        switch (actor.Kind)
        {
            case ActorKind.Run:
                Restore(RunOf(actor, inSnapshot: true), state);
                break;
            case ActorKind.Flavor:
                LocalFlavor(actor.Name).Actor.Restore(state, texts);
                break;
            case ActorKind.Envelope:
                LocalEnvelope(EnvelopeKey.Parse(actor.Name)).Actor.Restore(state);
                break;
            default:
                directory.Actor.Restore(state);
                break;
        }
    }

    /// <summary>
    /// Begins to live after recovery: enters the runs in the index, passes on what a crash held up, and has the
    /// executor resume.
    /// </summary>
    public async ValueTask Resume()
    {
        index.Recovered();
        await directory.Resume();
        foreach (var flavor in flavors.Values)
        {
            await flavor.Courier.Deliver();
            await flavor.Tick();
        }
        foreach (var run in index.Open().Where(run => options.Executor is not null || !run.IsDecided)
            .OrderBy(run => run.SubmittedAt).ThenBy(run => run.Key))
            await Run(run.Key).Resume();
        if (options.Stepped)
            await Settle();
    }

    /// <summary>
    /// The snapshot of every actor with a journal, one after the other, each between two of its turns.
    /// </summary>
    public async IAsyncEnumerable<(ActorKey Actor, long Sequence, byte[] State)> Snapshots()
    {
        var (sequence, state) = await directory.Snapshot();
        yield return (new ActorKey(ActorKind.Directory, "fleet"), sequence, state);
        foreach (var flavor in flavors.Values)
        {
            (sequence, state) = await flavor.Snapshot();
            yield return (new ActorKey(ActorKind.Flavor, flavor.Name), sequence, state);
        }
        foreach (var (key, envelope) in envelopes)
        {
            (sequence, state) = await envelope.Snapshot();
            yield return (new ActorKey(ActorKind.Envelope, key.ToString()), sequence, state);
        }
        await foreach (var run in runs.Snapshots())
            yield return run;
    }

    /// <summary>Stops the timers. Journals and executors are their owners'.</summary>
    public ValueTask DisposeAsync()
    {
        foreach (var flavor in flavors.Values)
            flavor.Delivery?.Dispose();
        return alarm.DisposeAsync();
    }

    internal IEnumerable<LocalFlavor> Flavors => flavors.Values.OrderBy(flavor => flavor.Name, StringComparer.Ordinal);

    internal LocalFlavor LocalFlavor(string flavor) => flavors.GetOrAdd(
        flavor,
        static (flavor, fleet) =>
        {
            var actor = new FlavorActor(flavor, fleet.options.Journals(new ActorKey(ActorKind.Flavor, flavor)),
                fleet.options.Time, fleet.options.Scheduler);
            var courier = new FlavorCourier(actor, fleet);
            var delivery = fleet.options.Stepped ? null : new LocalDelivery(actor, courier, fleet.TellFailure);
            return new LocalFlavor(flavor, actor, courier, fleet.AfterTurn) { Delivery = delivery };
        },
        this);

    internal LocalEnvelope LocalEnvelope(EnvelopeKey envelope) => envelopes.GetOrAdd(
        envelope, static (envelope, fleet) => new LocalEnvelope(new EnvelopeActor(
            fleet.options.Journals(new ActorKey(ActorKind.Envelope, envelope.ToString())), fleet.options.Time)), this);

    private void ForgetSeen(FlavorActor flavor, string name) =>
        flavor.ForgetSeen(HasSeen, (envelope, entry) => envelopes.TryGetValue(envelope, out var known)
            && known.Actor.HasSeen(name, entry));

    private bool HasSeen(RunFact fact) =>
        index.Find(fact.Run) is { } run && fact.Flavor == run.Spec.Resources.GpuType && fact.Sequence <= run.LastFact;

    private void AfterTurn(LocalFlavor flavor)
    {
        if (options.Stepped)
            return;
        if (flavor.Actor.HasUndelivered)
            flavor.Delivery?.Wanted();
        var hasRung = flavor.AlarmAt <= options.Time.GetUtcNow();
        if (flavor.Actor.NextWake is { } due && (flavor.AlarmAt is not { } set || due < set || hasRung))
        {
            flavor.AlarmAt = due;
            alarm.Set(flavor, due);
        }
    }

    private async Task Ring(LocalFlavor flavor)
    {
        try
        {
            await flavor.Tick();
        }
        catch (Exception failure)
        {
            TellFailure(failure);
        }
    }

    private void TellFailure(Exception failure) => DeliveryFailed?.Invoke(failure);
}
