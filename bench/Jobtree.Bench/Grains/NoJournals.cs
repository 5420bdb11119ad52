using System.Runtime.CompilerServices;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Grains.Journals;

namespace Jobtree.Bench.Grains;

/// <summary>Keeps nothing, to show what the grains themselves cost.</summary>
internal sealed class NoJournals : IActorJournals
{
    public string? AwayBecause => null;

    public ValueTask<RecoveredState> Read(ActorKey actor, CancellationToken cancellation) =>
        ValueTask.FromResult(RecoveredState.Nothing);

    public IActorJournal Open(ActorKey actor, RecoveredState kept) => new Journal();

    public async IAsyncEnumerable<RunKey> Runs(
        int shard, DateTimeOffset? since, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        yield break;
    }

    public ValueTask<IReadOnlyList<ActorKey>> Forget(
        IReadOnlyList<ActorPosition> actors, CancellationToken cancellation) =>
        ValueTask.FromResult<IReadOnlyList<ActorKey>>([.. actors.Select(static actor => actor.Actor)]);

    public ValueTask Restore(
        ActorKey actor, long sequence, ReadOnlyMemory<byte> state, CancellationToken cancellation) =>
        ValueTask.CompletedTask;

    public ValueTask WhenDurable(CancellationToken cancellation) => ValueTask.CompletedTask;

    private sealed class Journal : IActorJournal
    {
        public bool IsBroken => false;

        public long SinceSnapshot => 0;

        public bool WantsState => false;

        public Task Append(long sequence, ReadOnlySpan<byte> record) => Task.CompletedTask;

        public Task Save(long sequence, ReadOnlyMemory<byte> state, CancellationToken cancellation) =>
            Task.CompletedTask;

        public void Release(long sequence, IRestingState state)
        {
        }
    }
}
