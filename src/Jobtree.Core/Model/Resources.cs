namespace Jobtree.Core.Model;

/// <summary>Which GPUs a run asks for and how many.</summary>
public sealed record Resources
{
    /// <summary>The GPU flavor.</summary>
    public required string GpuType { get; init; }

    /// <summary>The width it starts with, at least 1.</summary>
    public required int TotalGPUs { get; init; }
}
