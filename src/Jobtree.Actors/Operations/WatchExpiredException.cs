namespace Jobtree.Actors.Operations;

/// <summary>
/// A watcher asked for, or fell back to, changes that are no longer kept: list again and watch from there.
/// </summary>
public sealed class WatchExpiredException : Exception
{
    /// <summary>Creates it with its standard message.</summary>
    public WatchExpiredException()
        : this("The changes after that version are no longer kept; list again and watch from the list's version.")
    {
    }

    /// <summary>Creates it with a message.</summary>
    /// <param name="message">The message.</param>
    public WatchExpiredException(string message)
        : base(message)
    {
    }

    /// <summary>Creates it with a message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public WatchExpiredException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
