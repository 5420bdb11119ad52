namespace Jobtree.Simulation.Traces;

/// <summary>
/// A trace file that cannot be read. The message names the file, the line, what is wrong and what is allowed.
/// </summary>
internal sealed class TraceFormatException : Exception
{
    /// <summary>An error in a file, at a line where one is known.</summary>
    public TraceFormatException(string file, int line, string message, Exception? inner = null)
        : base(line > 0 ? $"{file}, line {line}: {message}" : $"{file}: {message}", inner)
    {
    }
}
