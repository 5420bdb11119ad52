using Jobtree.Core.Model;

namespace Jobtree.Simulation.Replay;

/// <summary>
/// What can be known of a fleet at an instant only by looking at it, and not from when jobs start and end.
/// </summary>
/// <param name="At">The instant, from the trace's start.</param>
/// <param name="IdleGpus">GPUs that nobody uses.</param>
/// <param name="StrandedGpus">Those of them on nodes that are partly in use: a gang that wants whole nodes cannot have
/// them.</param>
/// <param name="GpusByClass">GPUs in use by funding class; null where a scheduler knows no classes.</param>
internal readonly record struct FleetObservation(TimeSpan At, int IdleGpus, int StrandedGpus, ClassSplit? GpusByClass);
