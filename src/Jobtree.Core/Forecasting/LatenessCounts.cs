namespace Jobtree.Core.Forecasting;

/// <summary>
/// Starts of runs that had waited, counted by how late they came against the median of their forecast.
/// </summary>
/// <param name="Counts">Starts up to each bound of <see cref="Lateness.BoundsSeconds"/> and above the one before, and
/// at last those above all.</param>
/// <param name="SumSeconds">Their lateness in all, in seconds; what was early counts below zero.</param>
public sealed record LatenessCounts(IReadOnlyList<long> Counts, double SumSeconds);
