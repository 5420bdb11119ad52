using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Actors.Runs.Following;
using Jobtree.Core.Model;

namespace Jobtree.Grains.Contracts;

/// <summary>
/// One shard of the listing of runs; its key is the shard's number. Runs report their changes to it in batches and with
/// a delay. For the exact state, ask the run.
/// </summary>
[Alias("jobtree.run-index")]
public interface IRunIndexGrain : IGrainWithIntegerKey
{
    /// <summary>Enters the current records of runs. Older records are ignored.</summary>
    /// <param name="records">The records.</param>
    [Alias("put")]
    ValueTask Put(IReadOnlyList<RunRecord> records);

    /// <summary>A page of this shard's runs in key order.</summary>
    /// <param name="query">Filters and page.</param>
    [Alias("list")]
    ValueTask<Page<RunRecord>> List(RunQuery query);

    /// <summary>The number of this shard's runs in each phase and flavor.</summary>
    [Alias("count")]
    ValueTask<IReadOnlyList<PhaseCount>> Count();

    /// <summary>What the runs of this shard take that cannot leave memory yet.</summary>
    [Alias("load")]
    ValueTask<OpenLoad> Load();

    /// <summary>Streams the changes of this shard's matching runs.</summary>
    /// <param name="query">Filters.</param>
    /// <param name="after">The version of the last change seen; absent: begin with the current state.</param>
    /// <param name="cancellation">Ends the stream.</param>
    [Alias("watch")]
    IAsyncEnumerable<ShardChange> Watch(RunQuery query, long? after, CancellationToken cancellation);

    /// <summary>
    /// A page of this shard's runs of a flavor that have been decided and have not ended, in no particular order. The
    /// page at 0 begins a new list, which the later pages continue.
    /// </summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="from">The place of the page's first run in the list.</param>
    /// <param name="max">The most runs; a page with fewer is the last.</param>
    [Alias("list-open")]
    ValueTask<IReadOnlyList<RunKey>> ListOpen(string flavor, int from, int max);

    /// <summary>Which of some runs have ended, or are unknown to this shard.</summary>
    /// <param name="runs">Runs of this shard.</param>
    [Alias("find-not-open")]
    ValueTask<IReadOnlyList<RunKey>> FindNotOpen(IReadOnlyList<RunKey> runs);

    /// <summary>The states of some runs, for shards whose runs follow them.</summary>
    /// <param name="runs">Runs of this shard.</param>
    [Alias("states-of")]
    ValueTask<IReadOnlyList<UpstreamState>> StatesOf(IReadOnlyList<RunKey> runs);

    /// <summary>
    /// The following runs of this shard that should look at their upstream runs now. The caller wakes them; the shard
    /// does so by itself, unless it is stepped.
    /// </summary>
    [Alias("take-due-followers")]
    ValueTask<DueFollowers> TakeDueFollowers();

    /// <summary>
    /// Takes the next steps for runs that have ended: into the history, out of the journals, out of the listing. The
    /// shard does so by itself, unless it is stepped.
    /// </summary>
    [Alias("move-ended")]
    Task MoveEnded();

    /// <summary>
    /// Rereads the journals of runs that have not ended, after a silo was lost that may not have reported their
    /// changes, and resumes undecided ones.
    /// </summary>
    [Alias("revalidate")]
    ValueTask Revalidate();

    /// <summary>
    /// Wakes the running runs, so that each resumes its executor: an executor in a silo's process loses its runs with
    /// the silo. Starts the work and does not wait for its end.
    /// </summary>
    [Alias("wake-running")]
    ValueTask WakeRunning();
}

/// <summary>Following runs to wake.</summary>
/// <param name="Now">The runs to wake now.</param>
/// <param name="NextWake">When the next is due if no upstream run changes; null: none is.</param>
public sealed record DueFollowers(IReadOnlyList<DueFollower> Now, DateTimeOffset? NextWake);

/// <summary>A run of a shard changed.</summary>
/// <param name="Version">The time of the change in microseconds of the shard's clock, later than any before.</param>
/// <param name="Run">The run after the change.</param>
public sealed record ShardChange(long Version, RunRecord Run);
