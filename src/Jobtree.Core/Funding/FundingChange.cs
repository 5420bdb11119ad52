using Jobtree.Core.Model;

namespace Jobtree.Core.Funding;

/// <summary>A claim's class from an instant on.</summary>
/// <param name="Lease">The lease that claims.</param>
/// <param name="Run">Its run.</param>
/// <param name="Payer">The envelope it claims on.</param>
/// <param name="Gpus">Its width.</param>
/// <param name="Spare">Whether it is a spare.</param>
/// <param name="Class">The class; null: the claim is gone.</param>
/// <param name="At">From when.</param>
public readonly record struct FundingChange(
    long Lease, RunKey Run, EnvelopeKey Payer, int Gpus, bool Spare, FundingClass? Class, DateTimeOffset At);
