using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>What admission would now decide for a run.</summary>
/// <param name="Run">The run.</param>
/// <param name="Outcome"><c>bound</c>, <c>reserved</c>, <c>waiting</c>, or a state such as <c>running</c> if nothing is
/// left to decide.</param>
/// <param name="Claims">Who would pay for each part.</param>
/// <param name="Slots">Where it would run or is planned to run; empty if unknown.</param>
/// <param name="Cuts">Unfunded runs that would be cut for it.</param>
/// <param name="Eta">When it would start; absent if it starts at once.</param>
/// <param name="DeficitGPUs">GPUs missing now.</param>
/// <param name="Reasons">Why it cannot start at once, most binding first.</param>
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

/// <summary>One chunk of a planned run and its payer.</summary>
/// <param name="Group">The placement group, from 0.</param>
/// <param name="Gpus">The chunk's width.</param>
/// <param name="Payer">The envelope; absent if none.</param>
/// <param name="Class">The class of its funding.</param>
public sealed record PlannedClaim(int Group, int Gpus, EnvelopeKey? Payer, FundingClass Class);
