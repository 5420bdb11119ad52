using System.Collections;

namespace Jobtree.Actors.Tests.Faults;

/// <summary>A list that can be read until it is armed: a record of it is written, and cannot be applied.</summary>
internal sealed class ArmedList<T>(IReadOnlyList<T> items) : IReadOnlyList<T>
{
    /// <summary>Whether reading it fails.</summary>
    public bool IsArmed { get; set; }

    public int Count => Items.Count;

    private IReadOnlyList<T> Items => IsArmed ? throw new InvalidOperationException("The list is armed.") : items;

    public T this[int index] => Items[index];

    public IEnumerator<T> GetEnumerator() => Items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
