using Jobtree.Core.Model;

namespace Jobtree.Core.Funding;

/// <summary>
/// GPU-seconds that a run used, by class; its claims add to it whenever their class changes or they end.
/// </summary>
public sealed class RunMeter
{
    /// <summary>GPU-seconds up to the last change of each claim.</summary>
    public ClassSplit GpuSeconds { get; private set; }

    /// <summary>Adds the use of a claim over a time in which its class did not change.</summary>
    /// <param name="fundingClass">The class.</param>
    /// <param name="gpus">The claim's width.</param>
    /// <param name="time">How long.</param>
    public void Add(FundingClass fundingClass, int gpus, TimeSpan time) =>
        GpuSeconds = GpuSeconds.Plus(fundingClass, gpus * time.TotalSeconds);

    /// <summary>GPUs of the run's claims.</summary>
    internal int Gpus { get; set; }

    /// <summary>GPUs of those of its claims that are unfunded.</summary>
    internal int UnfundedGpus { get; set; }

    internal void Restore(ClassSplit gpuSeconds) => GpuSeconds = gpuSeconds;
}
