using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Stepping;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Tests.Fleets;

/// <summary>
/// A whole fleet under virtual time that is settled after each step, and thrown away and built again if asked to.
/// </summary>
internal sealed class StepFleet(Restarts restarts, SchedulerOptions? scheduler = null) : IStoryFleet
{
    private readonly FakeTimeProvider time = VirtualTime.Begin();
    private List<(ActorKey Actor, long Sequence, byte[] State)> snapshots = [];
    private SteppedFleet? fleet;

    public MemoryJournals Journals { get; } = new();

    public DateTimeOffset Now => time.GetUtcNow();

    public IFleet Actors => Fleet;

    /// <summary>A fleet that goes on from the state of another.</summary>
    /// <param name="at">The instant from which it goes on.</param>
    /// <param name="last">The numbers of the last records that the state covers; other actors' records are not kept.
    /// </param>
    /// <param name="open">Makes the fleet in that state.</param>
    public static async Task<StepFleet> From(DateTimeOffset at, IReadOnlyDictionary<ActorKey, long> last,
        Func<TimeProvider, Func<ActorKey, IJournal>, SteppedFleet> open)
    {
        var made = new StepFleet(Restarts.Never);
        made.time.MoveTo(at);
        foreach (var (actor, sequence) in last)
            made.Journals.BeginAfter(actor, sequence);
        made.fleet = open(made.time, actor =>
            actor.Kind is ActorKind.Flavor or ActorKind.Run ? made.Journals.For(actor) : NoJournal.Instance);
        await made.fleet.Resume();
        return made;
    }

    public IOperations Operations => new FleetOperations(Fleet, time, ledgers: Journals);

    private SteppedFleet Fleet => fleet ??= Make();

    /// <summary>Moves the clock, stopping wherever something is due on the way.</summary>
    public async Task AdvanceTo(DateTimeOffset at)
    {
        while (Fleet.NextWake is { } due && due <= at)
        {
            time.MoveTo(due);
            await Fleet.Settle();
        }
        time.MoveTo(at);
        await Fleet.Settle();
    }

    /// <summary>Delivers what is to be delivered, and restarts.</summary>
    public async Task Step()
    {
        await Fleet.Settle();
        if (restarts == Restarts.Never)
            return;
        fleet = Make();
        foreach (var (actor, _, state) in snapshots)
            fleet.Restore(actor, state);
        var known = snapshots.ToDictionary(snapshot => snapshot.Actor, snapshot => snapshot.Sequence);
        foreach (var (actor, sequence, bytes) in Journals.Records.ToArray())
        {
            if (sequence > known.GetValueOrDefault(actor))
                fleet.Replay(actor, bytes);
        }
        await fleet.Resume();
        if (restarts == Restarts.FromSnapshots)
            snapshots = fleet.Snapshots().ToList();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private SteppedFleet Make() => new(new SteppedFleetOptions
    {
        Time = time,
        Journals = Journals.For,
        Scheduler = scheduler ?? new SchedulerOptions(),
    });
}
