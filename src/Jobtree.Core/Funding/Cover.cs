using Jobtree.Core.Model;

namespace Jobtree.Core.Funding;

/// <summary>Who would pay for a demand, part by part.</summary>
/// <param name="Chunks">The parts; groups in order.</param>
public sealed record Cover(IReadOnlyList<CoverChunk> Chunks)
{
    /// <summary>Whether every part finds room: the demand is funded, and may make unfunded work yield.</summary>
    public bool IsFunded { get; } = Chunks.All(chunk => chunk.Class != FundingClass.Unfunded);

    /// <summary>GPUs that would be unfunded.</summary>
    public int UnfundedGpus() => Chunks.Sum(chunk => chunk.Class == FundingClass.Unfunded ? chunk.Gpus : 0);
}
