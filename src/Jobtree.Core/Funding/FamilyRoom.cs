namespace Jobtree.Core.Funding;

/// <summary>
/// What an owner's claims would find funded in all; kept beside the owner's waiting runs, which ask for it in every
/// pass.
/// </summary>
/// <param name="owner">The owner.</param>
public sealed class FamilyRoom(string owner)
{
    /// <summary>The owner.</summary>
    public string Owner { get; } = owner;

    /// <summary>The last answer, and the counts of changes of claims and of promises at which it was found.</summary>
    internal (long Changes, long Promises, int Gpus, int Unpromised)? Last { get; set; }
}
