using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Actors.Operations;

/// <summary>Which runs to list.</summary>
public sealed record RunQuery : RunFilter
{
    /// <summary>The maximum page size.</summary>
    public const int LimitMax = 1000;
}

/// <summary>A page of a listing.</summary>
/// <typeparam name="T">The items' type.</typeparam>
/// <param name="Items">The items in order.</param>
/// <param name="Continue">The token for the next page; absent on the last page.</param>
/// <param name="Version">For runs: the version to watch after.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Continue = null, long? Version = null);

/// <summary>A change of a run.</summary>
/// <param name="Version">Orders the changes of the whole fleet.</param>
/// <param name="Run">The run after the change, without funding and forecasts.</param>
public sealed record RunChange(long Version, RunManifest Run);

/// <summary>
/// The changes that a watcher asked for, or fell back to, are no longer retained. List again, and watch from there.
/// </summary>
public sealed class WatchExpiredException : Exception
{
    /// <summary>Creates the exception with its standard message.</summary>
    public WatchExpiredException()
        : this("The changes after that version are no longer kept; list again and watch from the list's version.")
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">The message.</param>
    public WatchExpiredException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public WatchExpiredException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
