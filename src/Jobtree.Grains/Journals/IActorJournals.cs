using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Grains.Journals;

/// <summary>
/// The journal store of a silo: a log on the local disk, or Redis for a cluster. An activated actor recovers from its
/// journal and continues from there. The store fences off a second activation of the same actor, because each append
/// names the record number that it expects.
/// </summary>
public interface IActorJournals
{
    /// <summary>
    /// Why nothing can be written now, in words for operators; null if writes are possible. Never contains hosts, users
    /// or secrets.
    /// </summary>
    string? AwayBecause { get; }

    /// <summary>
    /// What the store lost of what it had acknowledged, and what to do, in words for operators; null if nothing is
    /// known to be lost. Until an operator has accepted it, nothing is written.
    /// </summary>
    string? LossBecause => null;

    /// <summary>Changes when journals may have become shorter, or others: what was read before is invalid.</summary>
    int Generation => 0;

    /// <summary>The ledgers of the flavors, for reading; null if the store cannot read them back.</summary>
    ILedgers? Ledgers => null;

    /// <summary>Reads the durable state of an actor.</summary>
    /// <param name="actor">The actor.</param>
    /// <param name="cancellation">Cancels the read.</param>
    /// <exception cref="IOException">The state cannot be read now, or is damaged.</exception>
    ValueTask<RecoveredState> Read(ActorKey actor, CancellationToken cancellation);

    /// <summary>Opens the journal of a recovered actor, for its one activation here.</summary>
    /// <param name="actor">The actor.</param>
    /// <param name="kept">The recovered state; not retained.</param>
    IActorJournal Open(ActorKey actor, RecoveredState kept);

    /// <summary>
    /// Reads the last records of an actor as the store has them, for checks. Unlike <see cref="Read"/> it takes them as
    /// they are: some may be missing or damaged.
    /// </summary>
    /// <param name="actor">The actor.</param>
    /// <param name="from">The number of the first record; the store may have trimmed it.</param>
    /// <param name="max">The most records to read.</param>
    /// <param name="cancellation">Cancels the read.</param>
    /// <returns>The records with the store's numbers, ascending; null if the store cannot read them at little
    /// cost.</returns>
    /// <exception cref="IOException">The store does not answer.</exception>
    ValueTask<IReadOnlyList<(long Sequence, ReadOnlyMemory<byte> Record)>?> ReadEnd(
        ActorKey actor, long from, int max, CancellationToken cancellation) =>
        new((IReadOnlyList<(long, ReadOnlyMemory<byte>)>?)null);

    /// <summary>All runs of a shard that have a journal, in no particular order.</summary>
    /// <param name="shard">The shard, see <see cref="RunShard"/>.</param>
    /// <param name="since">Only runs whose first record is from this time or later, by the store's clock, within about
    /// a second; absent: all runs.</param>
    /// <param name="cancellation">Stops the enumeration.</param>
    /// <exception cref="IOException">The runs cannot be read now.</exception>
    IAsyncEnumerable<RunKey> Runs(int shard, DateTimeOffset? since, CancellationToken cancellation);

    /// <summary>
    /// Removes actors whose state another store holds, such as runs that ended. An actor whose last record is another
    /// one than said stays as it is.
    /// </summary>
    /// <remarks>
    /// An activation that has read or written records of a forgotten actor is refused when it appends, which the store
    /// cannot tell from lost records. One that never did would begin a new journal with record 1. The caller ensures
    /// that no activation of the actor writes meanwhile, and that nobody submits a forgotten actor as new.
    /// </remarks>
    /// <param name="actors">The actors, each with the record up to which the other store holds it.</param>
    /// <param name="cancellation">Stops the removal; some may have been removed.</param>
    /// <returns>The actors of which nothing is left here, including those that were removed before: a call whose answer
    /// was lost may be repeated.</returns>
    /// <exception cref="IOException">The store is away; some may have been removed.</exception>
    ValueTask<IReadOnlyList<ActorKey>> Forget(
        IReadOnlyList<ActorPosition> actors, CancellationToken cancellation);

    /// <summary>
    /// Puts a forgotten actor back, so that its next record is <paramref name="sequence"/> + 1. May be repeated as long
    /// as nothing was appended since.
    /// </summary>
    /// <param name="actor">The actor.</param>
    /// <param name="sequence">The number of its last record, at least 1.</param>
    /// <param name="state">Its state at that record, as a snapshot.</param>
    /// <param name="cancellation">Cancels the call; the actor may have been restored.</param>
    /// <exception cref="JournalFencedException">The actor has a journal; the message names its last record.</exception>
    /// <exception cref="IOException">The store is away; the actor may have been restored.</exception>
    ValueTask Restore(
        ActorKey actor, long sequence, ReadOnlyMemory<byte> state, CancellationToken cancellation);

    /// <summary>
    /// Waits until everything appended here so far is durable. Returns at once if each append itself completes only
    /// when it is durable.
    /// </summary>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="IOException">The appends will never be durable.</exception>
    ValueTask WhenDurable(CancellationToken cancellation);
}
