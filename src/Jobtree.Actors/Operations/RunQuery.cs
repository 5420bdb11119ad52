using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Actors.Operations;

/// <summary>Which runs to list. Absent filters match everything.</summary>
public sealed record RunQuery
{
    /// <summary>Only this namespace.</summary>
    public string? Namespace { get; init; }

    /// <summary>Only this run name.</summary>
    public string? Name { get; init; }

    /// <summary>Only runs of this owner and its descendants.</summary>
    public string? Owner { get; init; }

    /// <summary>Only runs of these owners and their descendants: what a caller's token may see.</summary>
    public IReadOnlyList<string>? VisibleOwners { get; init; }

    /// <summary>Only this flavor.</summary>
    public string? Flavor { get; init; }

    /// <summary>Only this phase.</summary>
    public RunPhase? Phase { get; init; }

    /// <summary>The maximum number of items, 1 to <see cref="LimitMax"/>.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Where the page starts: <see cref="Page{T}.Continue"/> of the previous page.</summary>
    public string? Continue { get; init; }

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
