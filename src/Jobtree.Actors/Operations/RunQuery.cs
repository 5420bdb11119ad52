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

    /// <summary>Only runs of this owner and those below it.</summary>
    public string? Owner { get; init; }

    /// <summary>Only runs of one of these owners and those below them: what a caller's token may see.</summary>
    public IReadOnlyList<string>? VisibleOwners { get; init; }

    /// <summary>Only this flavor.</summary>
    public string? Flavor { get; init; }

    /// <summary>Only this phase.</summary>
    public RunPhase? Phase { get; init; }

    /// <summary>The most items, 1 to <see cref="LimitMax"/>.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Where the page begins: <see cref="Page{T}.Continue"/> of the one before.</summary>
    public string? Continue { get; init; }

    /// <summary>The largest page.</summary>
    public const int LimitMax = 1000;
}

/// <summary>A part of a listing.</summary>
/// <typeparam name="T">The items' type.</typeparam>
/// <param name="Items">The items in order.</param>
/// <param name="Continue">What to pass to get the next page; absent: this was the last.</param>
/// <param name="Version">For runs: the version to watch after.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Continue = null, long? Version = null);

/// <summary>A run changed.</summary>
/// <param name="Version">Orders the changes of the whole fleet.</param>
/// <param name="Run">The run after the change, without funding and forecasts.</param>
public sealed record RunChange(long Version, RunManifest Run);

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
