using System.Runtime.CompilerServices;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;
using Jobtree.Grains.Journals;

namespace Jobtree.Grains.Tests.Fleets;

/// <summary>
/// The journals of a test's cluster, in the memory that its silos share: what a silo writes another reads.
/// </summary>
internal sealed class MemoryActorJournals(MemoryJournals journals) : IActorJournals
{
    public string? AwayBecause => journals.DoubtedBecause;

    public ILedgers Ledgers => journals;

    public ValueTask<RecoveredState> Read(ActorKey actor, CancellationToken cancellation) =>
        journals.IsAway ? throw new IOException("The store is away.") : ValueTask.FromResult(
            new RecoveredState(0, default, [.. journals.Of(actor).Select(bytes => (ReadOnlyMemory<byte>)bytes)]));

    public IActorJournal Open(ActorKey actor, RecoveredState kept) => new Journal(journals, actor);

    public ValueTask<IReadOnlyList<(long Sequence, ReadOnlyMemory<byte> Record)>?> ReadEnd(
        ActorKey actor, long from, int max, CancellationToken cancellation) =>
        ValueTask.FromResult<IReadOnlyList<(long, ReadOnlyMemory<byte>)>?>([.. journals.Of(actor)
            .Select((bytes, i) => (i + 1L, (ReadOnlyMemory<byte>)bytes)).Where(record => record.Item1 >= from)
            .Take(max)]);

    public async IAsyncEnumerable<RunKey> Runs(
        int shard, DateTimeOffset? since, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        foreach (var run in journals.Actors(ActorKind.Run).Select(actor => RunKey.Parse(actor.Name))
            .Where(run => RunShard.Of(run) == shard))
            yield return run;
    }

    public ValueTask<IReadOnlyList<ActorKey>> Forget(
        IReadOnlyList<ActorPosition> actors, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask Restore(
        ActorKey actor, long sequence, ReadOnlyMemory<byte> state, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask WhenDurable(CancellationToken cancellation) => ValueTask.CompletedTask;

    private sealed class Journal(MemoryJournals journals, ActorKey actor) : IActorJournal
    {
        private readonly IJournal journal = journals.For(actor);

        public bool IsBroken { get; private set; }

        public long SinceSnapshot => 0;

    public bool WantsState => false;

        public Task Append(long sequence, ReadOnlySpan<byte> record)
        {
            try
            {
                // Kept only after others have had their turn, as with a store that is far away.
                return After(journal.Append(sequence, record), journals.AnswersLostOf == actor);
            }
            catch (IOException)
            {
                IsBroken = true;
                throw;
            }
        }

        public Task Save(long sequence, ReadOnlyMemory<byte> state, CancellationToken cancellation) =>
            Task.CompletedTask;

        public void Release(long sequence, IRestingState state)
        {
        }

        private static async Task After(Task append, bool isLost)
        {
            await append;
            await Task.Yield();
            if (isLost)
                throw new IOException("The store did not answer.");
        }
    }
}
