using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>What admission would do with a run now.</summary>
/// <param name="Run">The run.</param>
/// <param name="Outcome"><c>bound</c>, <c>reserved</c>, <c>waiting</c>, or <c>running</c> and the like when there is
/// nothing left to decide.</param>
/// <param name="Claims">Who would pay for which part.</param>
/// <param name="Slots">Where it would run or is planned to; empty when that is not known.</param>
/// <param name="Cuts">Unfunded runs that would be cut for it.</param>
/// <param name="Eta">When it would start; absent when it starts at once.</param>
/// <param name="DeficitGPUs">GPUs missing now.</param>
/// <param name="Reasons">Why not at once, most binding first.</param>
/// <param name="Remedies">What would start it sooner.</param>
public sealed record Plan(
    RunKey Run,
    string Outcome,
    IReadOnlyList<PlannedClaim> Claims,
    IReadOnlyList<NodeSlots> Slots,
    IReadOnlyList<RunKey> Cuts,
    RunEta? Eta,
    int DeficitGPUs,
    IReadOnlyList<string> Reasons,
    IReadOnlyList<string> Remedies);

/// <summary>One chunk of a planned run and who would pay for it.</summary>
/// <param name="Group">The placement group, from 0.</param>
/// <param name="Gpus">Its width.</param>
/// <param name="Payer">The envelope; absent: none.</param>
/// <param name="Class">How it would be funded.</param>
public sealed record PlannedClaim(int Group, int Gpus, EnvelopeKey? Payer, FundingClass Class);
