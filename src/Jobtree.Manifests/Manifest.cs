using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Manifests;

/// <summary>One valid document of a manifest file; each of the derived records is a kind.</summary>
public abstract record Manifest
{
    private protected Manifest()
    {
    }

    /// <summary>Makes a copy to be changed. Whether the original was read says nothing about it.</summary>
    /// <param name="original">The original.</param>
    protected Manifest(Manifest original)
    {
    }

    /// <summary>
    /// What tells it from others of its kind; null if only its contents do, or if its name is yet to be made.
    /// </summary>
    public string? Identity => this switch
    {
        NodeManifest node => node.Node.Name,
        BudgetManifest budget => budget.Budget.Key,
        FlavorManifest flavor => flavor.Past.Flavor,
        RunManifest { GeneratesName: false } run => run.Key.ToString(),
        _ => null,
    };

    /// <summary>Whether a reader read it as it is, and so found it valid.</summary>
    internal bool IsRead { get; set; }

    /// <summary>Whether another manifest is equal. Where it comes from does not matter.</summary>
    /// <param name="other">The other manifest.</param>
    public virtual bool Equals(Manifest? other) => other is not null && EqualityContract == other.EqualityContract;

    /// <inheritdoc/>
    public override int GetHashCode() => EqualityContract.GetHashCode();
}

/// <summary>A document of kind Node.</summary>
/// <param name="Node">The node.</param>
public sealed record NodeManifest(Node Node) : Manifest;

/// <summary>A document of kind Budget.</summary>
/// <param name="Budget">The budget.</param>
public sealed record BudgetManifest(Budget Budget) : Manifest;

/// <summary>A document of kind Run.</summary>
/// <param name="Key">The run's namespace and name.</param>
/// <param name="Spec">What the run asks for.</param>
/// <param name="Labels">The run's labels, if any.</param>
/// <param name="Status">The run's state so far; read from state files, ignored on submission.</param>
public sealed record RunManifest(
    RunKey Key, RunSpec Spec, IReadOnlyDictionary<string, string>? Labels = null, RunStatus? Status = null) : Manifest
{
    /// <summary>
    /// Whether the name in <see cref="Key"/> is <c>metadata.generateName</c>: a prefix of the name that the run gets on
    /// submission.
    /// </summary>
    public bool GeneratesName { get; init; }
}

/// <summary>A document of kind Reservation.</summary>
/// <param name="Reservation">The reservation.</param>
public sealed record ReservationManifest(Reservation Reservation) : Manifest;

/// <summary>A document of kind Lease.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="End">The lease's end, if it has ended.</param>
/// <param name="Class">The lease's funding class when written; ignored when read, because a class is derived.</param>
public sealed record LeaseManifest(Lease Lease, LeaseEnd? End = null, FundingClass? Class = null) : Manifest;

/// <summary>A document of kind Flavor, which files of a whole fleet hold.</summary>
/// <param name="Past">What the flavor knows of its past.</param>
public sealed record FlavorManifest(FlavorPast Past) : Manifest;
