namespace Jobtree.Grains.Contracts;

/// <summary>What a flavor found to do when it was asked to settle.</summary>
/// <param name="HadWork">Whether something was due or was to be told.</param>
/// <param name="NextWake">When something is due next without anything else happening; null: nothing.</param>
public sealed record FlavorSettlement(bool HadWork, DateTimeOffset? NextWake);
