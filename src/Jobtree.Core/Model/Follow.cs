namespace Jobtree.Core.Model;

/// <summary>Runs of the same namespace that must complete before this one is admitted.</summary>
public sealed record Follow
{
    /// <summary>Names of the upstream runs.</summary>
    public required IReadOnlyList<string> After { get; init; }

    /// <summary>What to do when an upstream fails or is gone.</summary>
    public UpstreamFailure OnUpstreamFailure { get; init; }

    /// <summary>How long to wait for a failed upstream to be resubmitted.</summary>
    public TimeSpan? Grace { get; init; }
}
