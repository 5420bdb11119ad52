namespace Jobtree.Actors.Operations;

/// <summary>Who may do what with a fleet, for callers that are not requests of the API.</summary>
public interface IFleetAccess
{
    /// <summary>The operations as the bearer of a token may use them. Each call checks the token again.</summary>
    /// <param name="token">The token; absent: the caller has none.</param>
    /// <param name="address">Where the caller is, by somebody else's word than the caller's; absent: not known.</param>
    IOperations For(string? token, string? address = null);
}

/// <summary>Lets every caller do everything: for a fleet that nobody else can reach.</summary>
/// <param name="operations">The operations.</param>
public sealed class OpenFleet(IOperations operations) : IFleetAccess
{
    /// <inheritdoc/>
    public IOperations For(string? token, string? address = null) => operations;
}

/// <summary>A stream was refused, or cut off because its token ended.</summary>
public sealed class StreamRefusedException : Exception
{
    // Customer bit, so that it is no code of the runtime; the lower half is the problem's code.
    private const int FirstCode = 0x2A54_0000;

    /// <summary>Creates the exception with a general message.</summary>
    public StreamRefusedException()
        : this("The caller may not read this stream.")
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">The message.</param>
    public StreamRefusedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public StreamRefusedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception for a problem.</summary>
    /// <param name="problem">The problem.</param>
    public StreamRefusedException(Problem problem)
        : this(problem.Detail) => HResult = FirstCode + (int)problem.Code;

    /// <summary>The problem. It survives the way from a silo to a client, which carries an exception's message and
    /// result code.</summary>
    public Problem Problem => new(
        Enum.IsDefined((ProblemCode)(HResult - FirstCode)) ? (ProblemCode)(HResult - FirstCode) : ProblemCode.Forbidden,
        Message);
}
