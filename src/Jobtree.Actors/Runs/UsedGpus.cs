using Jobtree.Core.Model;

namespace Jobtree.Actors.Runs;

/// <summary>What the attempts of a run used that are over; a run in its first has none.</summary>
/// <param name="GpuSeconds">GPU-seconds by class.</param>
internal sealed record UsedGpus(ClassSplit GpuSeconds);
