namespace Jobtree.Core.Model;

/// <summary>What a run executes.</summary>
public sealed record Workload
{
    /// <summary>The container image, for executors that use one.</summary>
    public string? Image { get; init; }

    /// <summary>The command and its arguments.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Environment variables.</summary>
    public IReadOnlyDictionary<string, string>? Env { get; init; }
}
