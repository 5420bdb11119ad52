namespace Jobtree.Client;

/// <summary>How a client bears with a fleet that is away for a moment.</summary>
public sealed record JobtreeClientOptions
{
    /// <summary>
    /// How long a command or question is repeated, always with the same operation id, while its outcome is unknown.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The pause before the first repetition; each next one is twice as long, up to <see cref="PauseMax"/>.
    /// </summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause.</summary>
    public TimeSpan PauseMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The clock of pauses.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
