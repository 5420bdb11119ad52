namespace Jobtree.Simulation.Traces;

/// <summary>A trace file is not valid. The message names the file, the line, the error and what is allowed.</summary>
internal sealed class TraceFormatException : Exception
{
    /// <summary>An error in a file, with its line if known.</summary>
    public TraceFormatException(string file, int line, string message, Exception? inner = null)
        : base(line > 0 ? $"{file}, line {line}: {message}" : $"{file}: {message}", inner)
    {
    }
}
