using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Jobtree.Actors.Local;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Embedded.Journal;
using ActorKey = Jobtree.Actors.Ports.ActorKey;

namespace Jobtree.Embedded.Hosting;

/// <summary>
/// Hands what the log holds to the actors. Replaying one actor concerns no other, so flavors, which have about half of
/// the work, are replayed by a thread of their own beside all the others; each actor still sees its own records in
/// order.
/// </summary>
internal sealed class RecoveryReader : IJournalReader, IDisposable
{
    /// <summary>
    /// How many blocks of flavor records may wait: enough to even out the two threads, little enough to hold.
    /// </summary>
    private const int WaitingMax = 32;
    private const int RunsAtFirst = 1024;

    private readonly BlockingCollection<ReplayBlock> waiting = new(WaitingMax);
    private readonly ConcurrentQueue<ReplayBlock> spare = new();
    private readonly LocalFleet fleet;
    private readonly Task flavors;
    private ReplayBlock filling = new();
    private RunKey[] runs = new RunKey[RunsAtFirst];
    private ExceptionDispatchInfo? failure;

    public RecoveryReader(LocalFleet fleet)
    {
        this.fleet = fleet;
        flavors = Task.Factory.StartNew(
            ReplayFlavors, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public void Snapshot(JournalActor actor, long sequence, ReadOnlySpan<byte> state)
    {
        if (sequence > 0)
            Take(actor, state, null);
    }

    public void Record(JournalActor actor, long sequence, ReadOnlySpan<byte> payload, JournalPosition at) =>
        Take(actor, payload, at);

    /// <summary>Waits until everything that was handed over is replayed.</summary>
    public async Task Finish()
    {
        if (!filling.IsEmpty)
            waiting.Add(filling);
        waiting.CompleteAdding();
        await flavors;
        // Who opens the fleet may hold the reader until it answers, and a million keys with it.
        runs = [];
        failure?.Throw();
    }

    public void Dispose()
    {
        waiting.CompleteAdding();
        // The thread ends by itself once it has seen what is left; only then may what it reads from go.
        _ = flavors.ContinueWith(
            static (_, waiting) => ((IDisposable)waiting!).Dispose(), waiting, TaskScheduler.Default);
    }

    private void Take(JournalActor from, ReadOnlySpan<byte> bytes, JournalPosition? at)
    {
        Volatile.Read(ref failure)?.Throw();
        if (from.Number >= runs.Length)
            Array.Resize(ref runs, Math.Max(from.Number + 1, 2 * runs.Length));
        ref var run = ref runs[from.Number];
        if (run.Name is not null)
        {
            Replay(run, bytes, at);
            return;
        }
        var actor = ActorKey.Parse(from.Key);
        if (actor.Kind == ActorKind.Flavor)
        {
            PassOn(actor, bytes, at);
            return;
        }
        if (actor.Kind != ActorKind.Run)
        {
            Replay(actor, bytes, at);
            return;
        }
        run = RunOf(actor, at);
        Replay(run, bytes, at);
    }

    private RunKey RunOf(ActorKey actor, JournalPosition? at)
    {
        try
        {
            return fleet.RunOf(actor, inSnapshot: at is null);
        }
        catch (FormatException broken)
        {
            throw Refused(actor, broken, at);
        }
    }

    private void PassOn(ActorKey flavor, ReadOnlySpan<byte> bytes, JournalPosition? at)
    {
        filling.Add(flavor, bytes, at);
        if (!filling.IsFull)
            return;
        waiting.Add(filling);
        filling = spare.TryDequeue(out var emptied) ? emptied : new ReplayBlock();
    }

    private void ReplayFlavors()
    {
        foreach (var block in waiting.GetConsumingEnumerable())
        {
            // After a failure the rest is only taken out of the way, so that the reader is never held up.
            if (failure is null)
                Replay(block);
            block.Clear();
            if (!block.IsOversized)
                spare.Enqueue(block);
        }
    }

    private void Replay(ReplayBlock block)
    {
        try
        {
            for (var i = 0; i < block.Count; i++)
            {
                var bytes = block.Read(i, out var flavor, out var at);
                Replay(flavor, bytes, at);
            }
        }
        catch (Exception broken)
        {
            Volatile.Write(ref failure, ExceptionDispatchInfo.Capture(broken));
        }
    }

    /// <summary>Has an actor take in a state (which has no position) or a record.</summary>
    private void Replay(ActorKey actor, ReadOnlySpan<byte> bytes, JournalPosition? at)
    {
        try
        {
            if (at is null)
                fleet.Restore(actor, bytes);
            else
                fleet.Replay(actor, bytes);
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            throw Refused(actor, broken, at);
        }
    }

    private void Replay(RunKey run, ReadOnlySpan<byte> bytes, JournalPosition? at)
    {
        try
        {
            if (at is null)
                fleet.Restore(run, bytes);
            else
                fleet.Replay(run, bytes);
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            throw Refused(new ActorKey(ActorKind.Run, run.ToString()), broken, at);
        }
    }

    /// <summary>
    /// What to say when the checksum holds: it was written like this, by another version, or by somebody who should not
    /// have.
    /// </summary>
    private static Exception Refused(ActorKey actor, Exception broken, JournalPosition? at) => at is { } place
        ? new JournalDamagedException(place.File, place.Offset,
            $"this version cannot take in the record of {actor} ({broken.Message.TrimEnd('.')})")
        : new IOException($"This version cannot take in the state of {actor} in the snapshot: {broken.Message}",
            broken);
}
