namespace Jobtree.Api.Access;

/// <summary>A token file cannot be used; the message says which, where and what is allowed.</summary>
public sealed class TokenFileException : Exception
{
    /// <summary>Creates it with a general message.</summary>
    public TokenFileException()
        : this("The token file cannot be used.")
    {
    }

    /// <summary>Creates it with a message.</summary>
    /// <param name="message">The message.</param>
    public TokenFileException(string message)
        : base(message)
    {
    }

    /// <summary>Creates it with a message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public TokenFileException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
