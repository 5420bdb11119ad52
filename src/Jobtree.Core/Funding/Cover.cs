using Jobtree.Core.Model;

namespace Jobtree.Core.Funding;

/// <summary>Who would pay for a demand, part by part.</summary>
/// <param name="Chunks">The parts, in group order.</param>
public sealed record Cover(IReadOnlyList<CoverChunk> Chunks)
{
    /// <summary>Whether every part is funded. Such a demand may reclaim unfunded work.</summary>
    public bool IsFunded { get; } = AreFunded(Chunks);

    /// <summary>Whether some part is unfunded, or shared by the family and so can be recalled.</summary>
    internal bool IsRecallable
    {
        get
        {
            for (var i = 0; i < Chunks.Count; i++)
            {
                if (Chunks[i].Class is FundingClass.Unfunded or FundingClass.Shared)
                    return true;
            }
            return false;
        }
    }

    /// <summary>Whether some part is paid by an envelope of another owner.</summary>
    internal bool IsPaidByOthers
    {
        get
        {
            for (var i = 0; i < Chunks.Count; i++)
            {
                if (Chunks[i].Class is FundingClass.Shared or FundingClass.Borrowed)
                    return true;
            }
            return false;
        }
    }

    /// <summary>GPUs that would be unfunded.</summary>
    public int UnfundedGpus() => Chunks.Sum(chunk => chunk.Class == FundingClass.Unfunded ? chunk.Gpus : 0);

    /// <summary>Whether every part is unfunded.</summary>
    internal bool IsWhollyUnfunded()
    {
        for (var i = 0; i < Chunks.Count; i++)
        {
            if (Chunks[i].Class != FundingClass.Unfunded)
                return false;
        }
        return true;
    }

    /// <summary>Whether the payer of some funded part restricts where it runs.</summary>
    internal bool BindsFundedPartToPlace() => BindsToPlace(funded: true);

    /// <summary>Whether the payer of some unfunded part restricts where it runs.</summary>
    internal bool BindsUnfundedPartToPlace() => BindsToPlace(funded: false);

    /// <summary>
    /// The same cover with some parts unfunded and without a payer, so that they may be placed anywhere.
    /// </summary>
    /// <param name="which">Selects the parts.</param>
    internal Cover WithoutPayerWhere(Func<CoverChunk, bool> which) => new([.. Chunks.Select(chunk => which(chunk)
        ? chunk with { Payer = null, Class = FundingClass.Unfunded, PlaceSelector = null } : chunk)]);

    /// <summary>The distinct payers, in cover order.</summary>
    internal IReadOnlyList<EnvelopeKey> Payers() => Chunks is [{ Payer: { } only }] ? [only]
        : [.. Chunks.Where(chunk => chunk.Payer is not null).Select(chunk => chunk.Payer!.Value).Distinct()];

    private bool BindsToPlace(bool funded)
    {
        for (var i = 0; i < Chunks.Count; i++)
        {
            var isFunded = Chunks[i].Class != FundingClass.Unfunded;
            if (Chunks[i].IsBoundToPlace && isFunded == funded)
                return true;
        }
        return false;
    }

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

/// <summary>A part of a demand that is covered whole by one payer.</summary>
/// <param name="Group">The placement group, from 0.</param>
/// <param name="Gpus">The width.</param>
/// <param name="Payer">The envelope that the claim is on. Absent if no envelope is near enough.</param>
/// <param name="Class">How the claim would be funded.</param>
/// <param name="Role">What the GPUs are for.</param>
/// <param name="PlaceSelector">The envelope's selector: the nodes on which it pays.</param>
public sealed record CoverChunk(
    int Group, int Gpus, EnvelopeKey? Payer, FundingClass Class, LeaseRole Role = LeaseRole.Active,
    IReadOnlyDictionary<string, string>? PlaceSelector = null)
{
    /// <summary>Whether the payer pays on certain nodes only.</summary>
    public bool IsBoundToPlace => PlaceSelector is { Count: > 0 };
}
