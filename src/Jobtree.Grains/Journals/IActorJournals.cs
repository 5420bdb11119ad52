using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Grains.Journals;

/// <summary>
/// Where a silo keeps the journals of its actors: a log on this machine's disk, or Redis for a cluster. An actor that
/// is activated reads what is kept of it and goes on from there; a second activation of the same actor is fenced off by
/// the store, because each append names the number that it expects.
/// </summary>
public interface IActorJournals
{
    /// <summary>
    /// Why nothing can be written now, as operators are told; null: it can. Says nothing about hosts, users or secrets.
    /// </summary>
    string? AwayBecause { get; }

    /// <summary>What is kept of an actor.</summary>
    /// <param name="actor">The actor.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">It cannot be read now, or what was read is damaged.</exception>
    ValueTask<RecoveredState> Read(ActorKey actor, CancellationToken cancellation);

    /// <summary>Opens the journal of an actor that was read, for its one activation here.</summary>
    /// <param name="actor">The actor.</param>
    /// <param name="kept">What was read of it; not held on to.</param>
    IActorJournal Open(ActorKey actor, RecoveredState kept);

    /// <summary>All runs of a shard that have a journal, in no particular order.</summary>
    /// <param name="shard">The shard, see <see cref="RunShard"/>.</param>
    /// <param name="since">Only those whose first record is of then or later, by the store's clock, give or take a
    /// second; absent: all.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">They cannot be read now.</exception>
    IAsyncEnumerable<RunKey> Runs(int shard, DateTimeOffset? since, CancellationToken cancellation);

    /// <summary>
    /// Waits until everything that was appended here so far is kept. Where each append says by itself when it is kept
    /// there is nothing to wait for.
    /// </summary>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="IOException">It never will be.</exception>
    ValueTask WhenDurable(CancellationToken cancellation);
}
