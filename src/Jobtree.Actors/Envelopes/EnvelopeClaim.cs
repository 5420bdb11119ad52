using Jobtree.Core.Model;

namespace Jobtree.Actors.Envelopes;

/// <summary>A claim on an envelope.</summary>
/// <param name="Lease">The lease that claims.</param>
/// <param name="Gpus">Its width.</param>
/// <param name="Class">Its class.</param>
/// <param name="Spare">Whether it is a spare.</param>
public sealed record EnvelopeClaim(long Lease, int Gpus, FundingClass Class, bool Spare);
