using Jobtree.Actors.Runs;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>Which runs a list has, and which page of it. Absent filters match everything.</summary>
public abstract record RunFilter
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

    /// <summary>The maximum number of items, 1 to <see cref="RunQuery.LimitMax"/>.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Where the page starts: <see cref="Page{T}.Continue"/> of the previous page.</summary>
    public string? Continue { get; init; }

    /// <summary>Whether a run passes the filters; the page is not considered.</summary>
    /// <param name="run">The run.</param>
    public virtual bool Matches(RunRecord run) =>
        (Namespace is null || run.Key.Namespace == Namespace)
        && (Name is null || run.Key.Name == Name)
        && (Owner is null || OwnerPattern.IsAtOrBelow(run.Owner, Owner))
        && (VisibleOwners is null || VisibleOwners.Any(owner => OwnerPattern.IsAtOrBelow(run.Owner, owner)))
        && (Flavor is null || run.Spec.Resources.GpuType == Flavor)
        && (Phase is null || run.Phase == Phase);
}
