namespace Jobtree.Core.Model;

/// <summary>A run's widths in GPUs.</summary>
/// <param name="Min">The least it runs with.</param>
/// <param name="Max">The most it can use.</param>
/// <param name="Desired">What it would like.</param>
/// <param name="Allocated">What it has.</param>
/// <param name="Pending">What it still waits for.</param>
public sealed record RunWidth(int Min, int Max, int Desired, int Allocated, int Pending);
