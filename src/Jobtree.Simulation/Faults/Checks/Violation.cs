namespace Jobtree.Simulation.Faults.Checks;

/// <summary>A broken promise of the fleet.</summary>
/// <param name="Invariant">The invariant's number in the design's list; 0: an actor failed; 13: something that could
/// start does not.</param>
/// <param name="Rule">What is broken, in the same words each time, so that two lives can be compared.</param>
/// <param name="What">What happened, in a sentence.</param>
internal sealed record Violation(int Invariant, string Rule, string What)
{
    /// <summary>Whether another violation is of the same kind.</summary>
    public bool IsLike(Violation? other) => other is not null && (other.Invariant, other.Rule) == (Invariant, Rule);

    /// <inheritdoc/>
    public override string ToString() => $"invariant {Invariant} ({Rule}): {What}";
}
