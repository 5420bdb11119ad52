using Jobtree.Actors.Ports;
using Jobtree.Simulation.Faults.Storage;
using Jobtree.Simulation.Faults.Time;

namespace Jobtree.Simulation.Faults.Hosting;

/// <summary>
/// One activation of an actor, as a grain hosts it: it reads its journal, then takes calls one at a time, except those
/// that may interleave.
/// </summary>
/// <param name="world">The fleet.</param>
/// <param name="silo">Where it lives.</param>
/// <param name="actor">The actor.</param>
/// <param name="number">The number of this activation.</param>
internal abstract class Host(World world, Silo silo, ActorKey actor, ulong number)
{
    private static readonly long LookEvery = TimeSpan.FromSeconds(10).Ticks;

    private readonly Queue<Call> waiting = new();
    private long lookedAt = world.Loop.Now;
    private bool hasBegun;
    private bool isReady;

    /// <summary>The actor.</summary>
    public ActorKey Actor { get; } = actor;

    /// <summary>Where it lives.</summary>
    public Silo Silo { get; } = silo;

    /// <summary>Whether it is gone, or gets no new calls because its state cannot be trusted.</summary>
    public bool IsRetired { get; private set; }

    /// <summary>Where its code runs.</summary>
    public TurnContext Turns { get; } =
        new(world.Loop, world.Chance.For(Chance.KeyOf(actor.ToString())).For(number));

    /// <summary>The fleet.</summary>
    protected World World { get; } = world;

    /// <summary>Its journal, once read.</summary>
    protected SimulatedJournal? Journal { get; set; }

    /// <summary>Whether a call is under way.</summary>
    protected bool IsBusy { get; private set; }

    /// <summary>Whether another activation has written, so that this one keeps nothing that it decides.</summary>
    public bool IsSuperseded => Journal is { IsSuperseded: true };

    /// <summary>Takes a call that has arrived.</summary>
    public void Take(Call call)
    {
        if (!hasBegun)
        {
            hasBegun = true;
            Turns.Begin(Begin);
        }
        if (isReady && (!IsBusy || MayInterleave(call.Name)))
            Start(call);
        else
            waiting.Enqueue(call);
    }

    /// <summary>Ends it at its present await, with everything that it had in memory.</summary>
    public void Die()
    {
        IsRetired = true;
        Turns.Die();
    }

    /// <summary>Takes no further calls; another activation takes over, and calls under way end here.</summary>
    public void Retire()
    {
        if (IsRetired)
            return;
        IsRetired = true;
        Retired();
        while (waiting.TryDequeue(out var call))
            World.Route(call);
    }

    /// <summary>Serves a call in a turn.</summary>
    /// <typeparam name="T">The answer's type.</typeparam>
    /// <param name="method">The method of the actor's port.</param>
    /// <param name="args">Its arguments.</param>
    /// <param name="call">Calls it on the actor.</param>
    public abstract ValueTask<T> Serve<T>(string method, object?[] args, Func<object, object?[], ValueTask<T>> call);

    /// <summary>Reads the journal and makes the actor.</summary>
    protected abstract Task Activate();

    /// <summary>Whether a call may run while another one waits.</summary>
    protected abstract bool MayInterleave(string call);

    /// <summary>After each call, whether it succeeded or not.</summary>
    protected abstract void AfterCall();

    /// <summary>When it takes no further calls.</summary>
    protected virtual void Retired()
    {
    }

    /// <summary>Recovers from the journal and opens it.</summary>
    protected async Task<RecoveredState> Recover()
    {
        var recovered = await World.Store.Recover(Actor);
        Journal = World.Store.Open(Actor, recovered);
        return recovered;
    }

    /// <summary>Looks whether it knows all, as a grain does when it is read and has not looked for a while.</summary>
    protected void RetireIfSuperseded()
    {
        if (World.Loop.Now - lookedAt < LookEvery)
            return;
        lookedAt = World.Loop.Now;
        if (IsSuperseded && !World.Store.IsAway)
            Retire();
    }

    /// <summary>Saves a snapshot if one is due; a failed one is tried again after the next record.</summary>
    protected async Task SaveWhenDue(long every, Func<(long Sequence, byte[] State)> state)
    {
        if (Journal is null || Journal.SinceSnapshot < every)
            return;
        var (sequence, bytes) = state();
        try
        {
            await Journal.Save(sequence, bytes);
        }
        catch (IOException)
        {
            // The records alone are sufficient.
        }
    }

    private async Task Begin()
    {
        try
        {
            await Activate();
        }
        catch (Exception failure)
        {
            World.Judge(this, failure);
            IsRetired = true;
            while (waiting.TryDequeue(out var call))
                call.Fail(this, failure);
            return;
        }
        isReady = true;
        AfterCall();
        GoOn();
    }

    private void Start(Call call)
    {
        var interleaves = MayInterleave(call.Name);
        IsBusy |= !interleaves;
        Turns.Begin(() => Run(call, interleaves));
    }

    private async Task Run(Call call, bool interleaves)
    {
        await call.Invoke(this);
        IsBusy &= interleaves;
        if (!IsRetired)
            AfterCall();
        GoOn();
    }

    private void GoOn()
    {
        while (isReady && !IsRetired && waiting.TryPeek(out var next) && (!IsBusy || MayInterleave(next.Name)))
            Start(waiting.Dequeue());
    }
}
