using Jobtree.Core;
using Jobtree.Actors.Ports;
using Jobtree.Core.Json;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Flavors;

/// <summary>
/// The ledger of a flavor and the state that follows from it. Each entry is appended to the journal, applied to the
/// state, and what others are to be told of it goes to the outbox.
/// </summary>
/// <param name="flavor">The flavor's name.</param>
/// <param name="journal">Its journal, which is the ledger.</param>
internal sealed class FlavorLedger(string flavor, IJournal journal)
{
    private const int RecordBytesUsual = 1024;

    private readonly FlavorEffects effects = new();
    private Task durable = Task.CompletedTask;
    private StateDivergedException? diverged;
    private SharedText? texts;

    /// <summary>The state after the last entry.</summary>
    public FlavorState State { get; private set; } = new(flavor);

    /// <summary>What is still to be told.</summary>
    public FlavorOutbox Outbox { get; } = new(flavor);

    /// <summary>The last leases that ended.</summary>
    public EndedLeases Ended { get; } = new();

    /// <summary>The last runs whose leases ended.</summary>
    public ClosedRuns Closed { get; } = new();

    /// <summary>
    /// Done when every entry up to now is durable. It fails as <see cref="IJournal.Append"/> does, and when an entry
    /// could not be applied; then so does everything after. May be read beside a turn.
    /// </summary>
    public Task Durable => Volatile.Read(ref durable);

    /// <summary>Whether an entry is in the journal that could not be applied.</summary>
    public bool HasDiverged => diverged is not null;

    /// <summary>Appends an entry, applies it, and gathers what follows from it.</summary>
    /// <param name="proposal">The entry; it is numbered here unless it is already.</param>
    /// <param name="asker">The run that hears of it as the answer to its request; null: none.</param>
    /// <returns>What the asker is to hear, and whether leases were closed.</returns>
    /// <exception cref="IOException">The journal does not take it, and nothing has happened; or the state has diverged
    /// from the journal.</exception>
    public (RunFact? Answer, bool HasClosed) Record(LedgerEntry proposal, RunKey? asker)
    {
        if (diverged is not null)
            throw diverged;
        // What the scheduler starts or an end closes is numbered already; the record is large enough to save the copy.
        var entry = proposal.Sequence > 0 ? proposal
            : proposal with { Sequence = State.Sequence + 1, Previous = State.Head };
        Invariant.Holds(entry.Sequence == State.Sequence + 1, "A ledger's entries are numbered without a gap.");
        Invariant.Holds(entry.At >= State.At, "A ledger's time does not go back.");
        var link = Append(entry);
        try
        {
            Apply(entry, link);
            var answer = asker is { } run ? effects.About(run) : null;
            Outbox.Add(entry.Sequence, effects, asker);
            return (answer, entry.Close is not null);
        }
        catch (Exception failure)
        {
            diverged = new StateDivergedException(new ActorKey(ActorKind.Flavor, flavor), entry.Sequence, failure);
            Volatile.Write(ref durable, Task.FromException(diverged));
            throw diverged;
        }
    }

    /// <summary>Takes in an entry, at recovery. What follows from it is told again.</summary>
    /// <param name="record">The entry's bytes.</param>
    public void Replay(ReadOnlySpan<byte> record)
    {
        var entry = LedgerFormat.Read(record, texts ??= new SharedText(), State.Head);
        Apply(entry, HashChain.Link(record));
        Outbox.Add(entry.Sequence, effects, null);
    }

    /// <summary>Takes over a snapshot, at recovery.</summary>
    /// <param name="snapshot">The snapshot's bytes.</param>
    public void Restore(ReadOnlySpan<byte> snapshot)
    {
        var saved = FlavorJson.Read(snapshot, texts ??= new SharedText());
        Restore(saved.State);
        Outbox.Import(saved.Undelivered);
    }

    /// <summary>Takes over a snapshot made elsewhere, such as by a state file.</summary>
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
        Invariant.Holds(State.Sequence == entry.Sequence && State.Head == link, "The state is that of the last entry.");
    }

    /// <summary>Hands an entry to the journal, and gives its link.</summary>
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
