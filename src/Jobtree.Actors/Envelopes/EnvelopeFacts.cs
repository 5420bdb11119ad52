namespace Jobtree.Actors.Envelopes;

/// <summary>Changes of the claims on an envelope.</summary>
/// <param name="Flavor">The flavor that tells.</param>
/// <param name="Changes">In order of ledger entries; all changes of one entry are in one batch.</param>
public sealed record EnvelopeFacts(string Flavor, IReadOnlyList<ClaimChange> Changes);
