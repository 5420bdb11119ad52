namespace Jobtree.Actors.Operations;

/// <summary>A part of a listing.</summary>
/// <typeparam name="T">The items' type.</typeparam>
/// <param name="Items">The items in order.</param>
/// <param name="Continue">What to pass to get the next page; absent: this was the last.</param>
/// <param name="Version">For runs: the version to watch after.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Continue = null, long? Version = null);
