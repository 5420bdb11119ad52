namespace Jobtree.Core.Model;

/// <summary>What a run says of its own duration.</summary>
public sealed record RuntimeHints
{
    /// <summary>
    /// The interval of its checkpoints: what it can lose, and how long it is protected from a lottery.
    /// </summary>
    public TimeSpan? Checkpoint { get; init; }

    /// <summary>How long it is expected to run.</summary>
    public TimeSpan? ExpectedDuration { get; init; }
}
