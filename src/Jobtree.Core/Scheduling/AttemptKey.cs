namespace Jobtree.Core.Scheduling;

/// <summary>
/// What a command to end a run is about, so that one that arrives late does not end a later attempt or submission.
/// </summary>
/// <param name="SubmittedAt">When the run was submitted, which tells one submission from the next.</param>
/// <param name="Attempt">The attempt; absent: whichever of that submission.</param>
public sealed record AttemptKey(DateTimeOffset SubmittedAt, int? Attempt = null)
{
    /// <summary>Whether a demand is of this submission and attempt.</summary>
    /// <param name="demand">The demand of a waiting or running run.</param>
    public bool IsOf(Demand demand) =>
        demand.SubmittedAt == SubmittedAt && (Attempt is null || demand.Attempt == Attempt);
}
