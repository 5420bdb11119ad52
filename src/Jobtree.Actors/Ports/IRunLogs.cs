using Jobtree.Core.Model;

namespace Jobtree.Actors.Ports;

/// <summary>Reads the output of runs' processes. Only an executor that stores output has any.</summary>
public interface IRunLogs
{
    /// <summary>
    /// The stored output files of a run, named <c>attempt/rank-n.out</c> and <c>attempt/rank-n.err</c>, newest attempt
    /// first, then by rank. Empty if none are stored.
    /// </summary>
    /// <param name="run">The run.</param>
    IReadOnlyList<string> List(RunKey run);

    /// <summary>
    /// Opens an output file for reading from its start. The file may still grow: the stream ends at what is written so
    /// far. The caller disposes it.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="file">A name returned by <see cref="List"/>.</param>
    /// <returns>The bytes as printed, or <see langword="null"/> if there is no such file.</returns>
    Stream? Open(RunKey run, string file);
}
