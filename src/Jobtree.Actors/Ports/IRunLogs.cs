using Jobtree.Core.Model;

namespace Jobtree.Actors.Ports;

/// <summary>
/// Reads what the processes of runs printed. Only an executor that keeps output has something to show.
/// </summary>
public interface IRunLogs
{
    /// <summary>
    /// The output files kept of a run, named <c>attempt/rank-n.out</c> and <c>attempt/rank-n.err</c>, the newest
    /// attempt first, then by rank. Empty when nothing is kept.
    /// </summary>
    /// <param name="run">The run.</param>
    IReadOnlyList<string> List(RunKey run);

    /// <summary>
    /// Opens an output file for reading from its start. It may still be written to: its end is what was written so far.
    /// The caller disposes it.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="file">A name as <see cref="List"/> gives it.</param>
    /// <returns>The bytes as they were printed, or <see langword="null"/> when there is no such file.</returns>
    Stream? Open(RunKey run, string file);
}
