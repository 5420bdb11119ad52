using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;

namespace Jobtree.Grains.Journals;

/// <summary>
/// The store of the runs that ended. A shard of the listing writes each soon after its end; from then on its journal is
/// not needed, and the run comes back from here if somebody asks for it or submits it again.
/// </summary>
public interface IRunHistoryStore : IRunHistory
{
    /// <summary>
    /// Writes ended runs. Safe to repeat: a submission is kept once, with the record of the highest version.
    /// </summary>
    /// <param name="ended">The last records of runs that ended.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>Completes when they are durable.</returns>
    /// <exception cref="IOException">They were not written, or not all; write them again.</exception>
    Task Write(IReadOnlyList<RunRecord> ended, CancellationToken cancellation);

    /// <summary>The last submissions of some runs.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>For each run its last record; null if the history does not have the run.</returns>
    /// <exception cref="IOException">The history cannot be read now.</exception>
    ValueTask<IReadOnlyList<RunRecord?>> Find(IReadOnlyList<RunKey> runs, CancellationToken cancellation);

    /// <summary>Whether the history has a run. Every submission of a run that is not active asks.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="IOException">The history cannot be read now.</exception>
    ValueTask<bool> Contains(RunKey run, CancellationToken cancellation);

    /// <summary>The runs of a shard that ended last, for the listing.</summary>
    /// <param name="shard">The shard, see <see cref="RunShard"/>.</param>
    /// <param name="since">Only runs that ended at this instant or later.</param>
    /// <param name="max">The most runs.</param>
    /// <param name="bytesMax">About how many bytes of memory they may take.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The runs, the last to end first.</returns>
    /// <exception cref="IOException">The history cannot be read now.</exception>
    Task<IReadOnlyList<RunRecord>> Newest(
        int shard, DateTimeOffset since, int max, long bytesMax, CancellationToken cancellation);
}
