using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;

namespace Jobtree.Grains.Contracts;

/// <summary>
/// One shard of the listing of runs; its key is the shard's number. It is told by runs what became of them, in batches
/// and without haste; who wants to know exactly asks the run.
/// </summary>
[Alias("jobtree.run-index")]
public interface IRunIndexGrain : IGrainWithIntegerKey
{
    /// <summary>Enters runs as they stand. Older records are ignored.</summary>
    /// <param name="records">The records.</param>
    [Alias("put")]
    ValueTask Put(IReadOnlyList<RunRecord> records);

    /// <summary>A page of this shard's runs in key order.</summary>
    /// <param name="query">Filters and page.</param>
    [Alias("list")]
    ValueTask<Page<RunRecord>> List(RunQuery query);

    /// <summary>How many of this shard's runs there are in each phase and flavor.</summary>
    [Alias("count")]
    ValueTask<IReadOnlyList<PhaseCount>> Count();

    /// <summary>The changes of this shard's matching runs.</summary>
    /// <param name="query">Filters.</param>
    /// <param name="after">The version of the last change seen; absent: begin with the present state.</param>
    /// <param name="cancellation">Ends the stream.</param>
    [Alias("watch")]
    IAsyncEnumerable<ShardChange> Watch(RunQuery query, long? after, CancellationToken cancellation);

    /// <summary>
    /// Looks again at the runs that have not ended, after a silo was lost that may have had something to tell, and has
    /// undecided ones go on.
    /// </summary>
    [Alias("revalidate")]
    ValueTask Revalidate();

    /// <summary>
    /// Wakes the runs that run, so that each has its executor go on: one in the process of a silo has forgotten them
    /// with the silo. It begins that, and does not wait for the end.
    /// </summary>
    [Alias("wake-running")]
    ValueTask WakeRunning();
}

/// <summary>A run of a shard changed.</summary>
/// <param name="Version">When, in microseconds of the shard's clock, later than any before.</param>
/// <param name="Run">The run after the change.</param>
public sealed record ShardChange(long Version, RunRecord Run);
