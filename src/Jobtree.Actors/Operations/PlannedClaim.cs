using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>One chunk of a planned run and who would pay for it.</summary>
/// <param name="Group">The placement group, from 0.</param>
/// <param name="Gpus">Its width.</param>
/// <param name="Payer">The envelope; absent: none.</param>
/// <param name="Class">How it would be funded.</param>
public sealed record PlannedClaim(int Group, int Gpus, EnvelopeKey? Payer, FundingClass Class);
