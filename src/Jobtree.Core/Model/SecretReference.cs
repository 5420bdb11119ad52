namespace Jobtree.Core.Model;

/// <summary>
/// Where a variable's value comes from: the executor reads it when it starts a process, and nobody else ever has it.
/// Exactly one of the two is given.
/// </summary>
public sealed record SecretReference
{
    /// <summary>The name of a secret of the run's namespace.</summary>
    public string? Secret { get; init; }

    /// <summary>The path of a file among the secrets of the run's namespace, with slashes.</summary>
    public string? File { get; init; }
}
