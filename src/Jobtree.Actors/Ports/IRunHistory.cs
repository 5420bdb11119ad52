using Jobtree.Actors.Operations;
using Jobtree.Actors.Runs;

namespace Jobtree.Actors.Ports;

/// <summary>
/// The runs that ended: every submission with its last record. Unlike the listing it is not bounded, so it is on disk
/// or in a database and is asked, not held.
/// </summary>
public interface IRunHistory
{
    /// <summary>Reads a page of ended runs, the last to end first.</summary>
    /// <param name="query">Filters and page.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="IOException">The history cannot be read now.</exception>
    ValueTask<Page<RunRecord>> List(HistoryQuery query, CancellationToken cancellation);
}
