using Jobtree.Core;
using Jobtree.Actors.Ports;
using Jobtree.Core.Json;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// The ledger of a flavor and the state built from it. Each entry is appended to the journal and applied to the state,
/// and its facts go to the outbox.
/// </summary>
/// <param name="flavor">The flavor's name.</param>
/// <param name="journal">The flavor's journal, which is the ledger.</param>
/// <param name="setAsideMax">The most facts held for one envelope that is set aside.</param>
internal sealed class FlavorLedger(
    string flavor, IJournal journal, int setAsideMax = FlavorOutbox.SetAsideMaxDefault)
{
    private const int RecordBytesUsual = 1024;

    private readonly FlavorEffects effects = new();
    private Task durable = Task.CompletedTask;
    private StateDivergedException? diverged;

    /// <summary>The state after the last entry.</summary>
    public FlavorState State { get; private set; } = new(flavor);

    /// <summary>The undelivered facts.</summary>
    public FlavorOutbox Outbox { get; } = new(flavor, setAsideMax);

    /// <summary>The most recently ended leases.</summary>
    public EndedLeases Ended { get; } = new();

    /// <summary>The runs whose leases ended most recently.</summary>
    public ClosedRuns Closed { get; } = new(RunFactKind.Closed, RunFactKind.Left);

    /// <summary>The runs that left the queue most recently because they are held.</summary>
    public ClosedRuns Withdrawn { get; } = new(RunFactKind.Withdrawn);

    /// <summary>The pass of the continuous check that is under way, if one is.</summary>
    public LiveAudit? Audit { get; set; }

    /// <summary>See <see cref="FlavorActor.Distort"/>.</summary>
    public Func<FlavorState, LedgerEntry, LedgerEntry>? Distort { get; set; }

    /// <summary>
    /// Completes when every entry up to now is durable. Fails as <see cref="IJournal.Append"/> does, or when an entry
    /// could not be applied; every later task then fails too. May be read outside a turn.
    /// </summary>
    public Task Durable => Volatile.Read(ref durable);

    /// <summary>Whether the journal holds an entry that could not be applied.</summary>
    public bool HasDiverged => diverged is not null;

    /// <summary>Appends an entry, applies it, and collects its facts in the outbox.</summary>
    /// <param name="proposal">The entry; it is numbered here unless it has a number.</param>
    /// <param name="asker">The run that receives its fact as the answer to its request; null if none.</param>
    /// <returns>The asker's fact.</returns>
    /// <exception cref="IOException">The journal rejects the entry and nothing has changed, or the state has diverged
    /// from the journal.</exception>
    public RunFact? Record(LedgerEntry proposal, RunKey? asker)
    {
        if (diverged is not null)
            throw diverged;
        // Starts and closings are already numbered. The record is large, so this saves a copy.
        var entry = proposal.Sequence > 0 ? proposal
            : proposal with { Sequence = State.Sequence + 1, Previous = State.Head };
        if (Distort is not null)
            entry = Distort(State, entry);
        Invariant.Holds(entry.Sequence == State.Sequence + 1, "A ledger's entries are numbered without a gap.");
        Invariant.Holds(entry.At >= State.At, "A ledger's time does not go back.");
        using var span = StateSpans.Begin(flavor, entry);
        var link = Append(entry);
        try
        {
            Apply(entry, link);
            if (entry.Open is { } opening)
                Audit?.Opened(opening);
            for (var i = 0; i < entry.Swap?.Count; i++)
                Audit?.Opened(entry.Swap[i]);
            var answer = asker is { } run ? effects.About(run) : null;
            Outbox.Add(entry.Sequence, effects, asker);
            return answer;
        }
        catch (Exception failure)
        {
            diverged = new StateDivergedException(new ActorKey(ActorKind.Flavor, flavor), entry.Sequence, failure);
            Volatile.Write(ref durable, Task.FromException(diverged));
            throw diverged;
        }
    }

    /// <summary>Replays an entry during recovery. Its facts are delivered again.</summary>
    /// <param name="record">The entry's bytes.</param>
    public void Replay(ReadOnlySpan<byte> record)
    {
        var entry = LedgerFormat.Read(record, FlavorSnapshotReader.Texts, State.Head);
        Apply(entry, HashChain.Link(record));
        Outbox.Add(entry.Sequence, effects, null);
    }

    /// <summary>Restores a snapshot during recovery.</summary>
    /// <param name="snapshot">The snapshot's bytes.</param>
    public void Restore(ReadOnlySpan<byte> snapshot)
    {
        var saved = FlavorSnapshotReader.Read(snapshot);
        Restore(saved.State);
        Outbox.Import(saved.Undelivered, saved.Behind);
        Closed.Import(saved.Closed);
        Withdrawn.Import(saved.Withdrawn);
    }

    /// <summary>Restores a snapshot from elsewhere, such as a state file.</summary>
    /// <param name="snapshot">The snapshot.</param>
    public void Restore(FlavorSnapshot snapshot)
    {
        State = new FlavorState(flavor);
        State.Restore(snapshot);
    }

    private void Apply(LedgerEntry entry, string link)
    {
        Ended.Watch(State, entry);
        State.Apply(entry, link, effects);
        Closed.Watch(effects);
        Withdrawn.Watch(effects);
        Invariant.Holds(State.Sequence == entry.Sequence && State.Head == link, "The state is that of the last entry.");
    }

    /// <summary>Appends an entry to the journal and returns its hash link.</summary>
    private string Append(LedgerEntry entry)
    {
        var writer = new RecordWriter(stackalloc byte[RecordBytesUsual]);
        try
        {
            LedgerFormat.Write(ref writer, entry);
            Volatile.Write(ref durable, journal.Append(entry.Sequence, writer.Written));
            return HashChain.Link(writer.Written);
        }
        finally
        {
            writer.Dispose();
        }
    }
}
