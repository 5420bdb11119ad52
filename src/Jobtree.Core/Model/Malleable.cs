namespace Jobtree.Core.Model;

/// <summary>The widths that an elastic run can live with.</summary>
public sealed record Malleable
{
    /// <summary>The least GPUs it runs with.</summary>
    public required int MinTotalGPUs { get; init; }

    /// <summary>The most GPUs it can use.</summary>
    public required int MaxTotalGPUs { get; init; }

    /// <summary>The GPUs of one growth or shrink step.</summary>
    public required int StepGPUs { get; init; }

    /// <summary>The width it would like; by default <see cref="MaxTotalGPUs"/>.</summary>
    public int? DesiredTotalGPUs { get; init; }
}
