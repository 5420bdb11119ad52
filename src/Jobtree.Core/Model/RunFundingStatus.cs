namespace Jobtree.Core.Model;

/// <summary>Who pays for a run.</summary>
/// <param name="Gpus">GPUs held now, by class.</param>
/// <param name="GpuHours">GPU-hours used so far, by class.</param>
/// <param name="Lenders">Owners whose envelopes carry shared or borrowed claims of the run, in order.</param>
public sealed record RunFundingStatus(ClassSplit Gpus, ClassSplit GpuHours, IReadOnlyList<string> Lenders);
