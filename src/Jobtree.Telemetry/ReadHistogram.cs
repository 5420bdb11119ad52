namespace Jobtree.Telemetry;

/// <summary>A histogram's observations as a source gave them at a scrape.</summary>
/// <param name="Counts">Per bucket, each on its own, the one without an upper bound last.</param>
/// <param name="Sum">Their sum.</param>
internal readonly record struct ReadHistogram(IReadOnlyList<long> Counts, double Sum);
