using Jobtree.Actors.Ports;
using Jobtree.Simulation.Faults.Breaks;
using Jobtree.Simulation.Faults.Hosting;
using Jobtree.Simulation.Faults.Time;

namespace Jobtree.Simulation.Faults.Storage;

/// <summary>
/// The store of all journals. A cluster's store has a journal for each actor, and an append is answered when it is
/// durable. The log on the disk of a single silo is in one order: an append is accepted at once, is durable soon after,
/// and a crash loses the end of the log.
/// </summary>
/// <param name="loop">What is due when.</param>
/// <param name="weather">How often what goes wrong.</param>
/// <param name="chance">The draws of the store.</param>
/// <param name="isDisk">Whether it is the log of a single silo.</param>
internal sealed class SimulatedStore(EventLoop loop, Weather weather, Chance chance, bool isDisk)
{
    private static readonly long FlushMax = TimeSpan.FromMilliseconds(4).Ticks;
    private static readonly long ReadMax = TimeSpan.FromMilliseconds(2).Ticks;
    private const ulong Read = 11;
    private const ulong Flush = 12;
    private const ulong Torn = 13;

    private readonly Dictionary<ActorKey, ActorLog> logs = [];
    private readonly Queue<(ActorLog Log, int Number, long Delivered)> unflushed = new();
    private TaskCompletionSource? flushing;
    private ulong draws;

    /// <summary>What is wrong with the hosts, on purpose.</summary>
    public BrokenRule Broken { get; init; }

    /// <summary>Called with each record when it is durable.</summary>
    public required Action<ActorKey, byte[]> Durable { get; init; }

    /// <summary>Whether it takes nothing now: it is full, or nobody reaches it.</summary>
    public bool IsAway { get; set; }

    /// <summary>Whether it is the log of a single silo.</summary>
    public bool IsDisk { get; } = isDisk;

    /// <summary>The actors that have records, in the order of their first.</summary>
    public IEnumerable<ActorLog> Logs => logs.Values;

    /// <summary>The weather.</summary>
    public Weather Weather => weather;

    /// <summary>The log of an actor.</summary>
    public ActorLog LogOf(ActorKey actor)
    {
        if (!logs.TryGetValue(actor, out var log))
            logs.Add(actor, log = new ActorLog(actor));
        return log;
    }

    /// <summary>Reads the durable state of an actor.</summary>
    public async ValueTask<RecoveredState> Recover(ActorKey actor)
    {
        await loop.Delay(chance.Below(ReadMax, Read, draws++));
        if (IsAway)
            throw new IOException("The store is away; nothing can be read.");
        return LogOf(actor).Recover();
    }

    /// <summary>Opens the journal of an activation.</summary>
    public SimulatedJournal Open(ActorKey actor, RecoveredState recovered) =>
        new(this, LogOf(actor), recovered, loop, chance.For(Chance.KeyOf(actor.ToString()) + ++draws));

    /// <summary>Adds a record that is durable at once.</summary>
    public void Add(ActorLog log, byte[] record)
    {
        log.Add(record);
        Durable(log.Actor, record);
    }

    /// <summary>
    /// Adds a record, and the mark of what was delivered, to the one log; they are durable when the log is flushed.
    /// </summary>
    public void AddUnflushed(ActorLog log, byte[] record, long delivered)
    {
        log.Add(record);
        unflushed.Enqueue((log, log.Records.Count, delivered));
        if (flushing is not null)
            return;
        var flush = flushing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.In(chance.Below(FlushMax, Flush, draws++), () => EndFlush(flush));
    }

    /// <summary>Completes when everything appended so far is durable.</summary>
    public Task WhenDurable() => unflushed.Count == 0 ? Task.CompletedTask : flushing!.Task;

    /// <summary>The process of the single silo is gone: a part of what was not flushed is lost, from the end.</summary>
    public void Crash()
    {
        var left = unflushed.Count == 0 ? 0 : (int)chance.Below(unflushed.Count + 1, Torn, draws++);
        for (; left > 0; left--)
            Harden(unflushed.Dequeue());
        foreach (var (log, number, _) in unflushed)
        {
            if (log.Records.Count >= number)
                log.Truncate(number - 1);
        }
        unflushed.Clear();
        flushing = null; // Who waits for it is gone too.
    }

    private void EndFlush(TaskCompletionSource flush)
    {
        if (flushing != flush)
            return;
        flushing = null;
        while (unflushed.TryDequeue(out var next))
            Harden(next);
        flush.SetResult();
    }

    private void Harden((ActorLog Log, int Number, long Delivered) record)
    {
        record.Log.DeliveredUpTo = Math.Max(record.Log.DeliveredUpTo, record.Delivered);
        Durable(record.Log.Actor, record.Log.Records[record.Number - 1]);
    }
}
