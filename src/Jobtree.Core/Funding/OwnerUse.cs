using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Funding;

/// <summary>GPUs that an owner's runs hold in a flavor, kept up to date by the claims of its runs.</summary>
/// <param name="owner">The owner.</param>
public sealed class OwnerUse(string owner)
{
    /// <summary>The owner.</summary>
    public string Owner { get; } = owner;

    /// <summary>Its running runs, in no particular order.</summary>
    internal HashSet<RunningRun> Runs { get; } = [];

    /// <summary>GPUs of its claims.</summary>
    public int Gpus { get; internal set; }

    /// <summary>GPUs of its unfunded claims.</summary>
    public int UnfundedGpus { get; internal set; }

    /// <summary>GPUs of its funded claims.</summary>
    public int FundedGpus => Gpus - UnfundedGpus;
}
