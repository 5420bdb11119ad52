using Jobtree.Core.Model;

namespace Jobtree.Core.Funding;

/// <summary>A part of a demand that one payer covers, whole.</summary>
/// <param name="Group">The placement group, from 0.</param>
/// <param name="Gpus">The width.</param>
/// <param name="Payer">The envelope that the claim goes on; absent: none is near enough.</param>
/// <param name="Class">How the claim would be funded.</param>
/// <param name="Role">What the GPUs are for.</param>
/// <param name="PlaceSelector">The envelope's selector: where it pays.</param>
public sealed record CoverChunk(
    int Group, int Gpus, EnvelopeKey? Payer, FundingClass Class, LeaseRole Role = LeaseRole.Active,
    IReadOnlyDictionary<string, string>? PlaceSelector = null)
{
    /// <summary>Whether its payer pays in certain places only.</summary>
    public bool IsBoundToPlace => PlaceSelector is { Count: > 0 };
}
