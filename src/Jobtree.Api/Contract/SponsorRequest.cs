namespace Jobtree.Api.Contract;

/// <summary>An owner to add to a run's sponsors.</summary>
/// <param name="Sponsor">The owner.</param>
public sealed record SponsorRequest(string Sponsor);
