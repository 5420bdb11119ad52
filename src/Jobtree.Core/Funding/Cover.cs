using Jobtree.Core.Model;

namespace Jobtree.Core.Funding;

/// <summary>Who would pay for a demand, part by part.</summary>
/// <param name="Chunks">The parts; groups in order.</param>
public sealed record Cover(IReadOnlyList<CoverChunk> Chunks)
{
    /// <summary>Whether every part finds room: the demand is funded, and may make unfunded work yield.</summary>
    public bool IsFunded { get; } = AreFunded(Chunks);

    /// <summary>GPUs that would be unfunded.</summary>
    public int UnfundedGpus() => Chunks.Sum(chunk => chunk.Class == FundingClass.Unfunded ? chunk.Gpus : 0);

    private static bool AreFunded(IReadOnlyList<CoverChunk> chunks)
    {
        for (var i = 0; i < chunks.Count; i++)
        {
            if (chunks[i].Class == FundingClass.Unfunded)
                return false;
        }
        return true;
    }
}
