using Jobtree.Core.Model;

namespace Jobtree.Actors.Envelopes;

/// <summary>The use of an envelope.</summary>
/// <param name="Gpus">GPUs claimed now, by class.</param>
/// <param name="SpareGpus">How many of these are spares.</param>
/// <param name="GpuSeconds">GPU-seconds used so far, by class.</param>
/// <param name="Claims">How many claims there are.</param>
public sealed record EnvelopeMeter(ClassSplit Gpus, int SpareGpus, ClassSplit GpuSeconds, int Claims);
