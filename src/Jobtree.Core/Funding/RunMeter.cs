using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Funding;

/// <summary>
/// GPU-seconds that a run used, by class. A claim adds its use whenever its class changes or it ends.
/// </summary>
public sealed class RunMeter
{
    /// <summary>When the run is expected to end, in UTC ticks. Set before <see cref="FutureCover"/> reads it.</summary>
    internal long ExpectedEnd { get; set; }

    /// <summary>GPU-seconds up to the last class change of each claim.</summary>
    public ClassSplit GpuSeconds { get; private set; }

    /// <summary>Adds a claim's use over a time in which its class did not change.</summary>
    /// <param name="fundingClass">The class.</param>
    /// <param name="gpus">The claim's width.</param>
    /// <param name="time">The length of that time.</param>
    public void Add(FundingClass fundingClass, int gpus, TimeSpan time) =>
        GpuSeconds = GpuSeconds.Plus(fundingClass, gpus * time.TotalSeconds);

    /// <summary>What the run's owner holds, of which its claims are a part. Absent outside a flavor's state.</summary>
    internal OwnerUse? Use { get; set; }

    /// <summary>The run. Absent outside a flavor's state.</summary>
    internal RunningRun? Run { get; set; }

    /// <summary>GPUs of the run's claims.</summary>
    internal int Gpus { get; set; }

    /// <summary>GPUs of the run's unfunded claims.</summary>
    internal int UnfundedGpus { get; set; }

    internal void Restore(ClassSplit gpuSeconds) => GpuSeconds = gpuSeconds;
}
