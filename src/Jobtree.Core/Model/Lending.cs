namespace Jobtree.Core.Model;

/// <summary>Whether and to whom an envelope lends outside the family.</summary>
public sealed record Lending
{
    /// <summary>Whether it lends at all.</summary>
    public bool Allow { get; init; }

    /// <summary>Owner patterns that may borrow; <c>*</c> stands for any text. Empty: nobody.</summary>
    public IReadOnlyList<string> To { get; init; } = [];

    /// <summary>The most GPUs lent at once; absent: up to the envelope's concurrency.</summary>
    public int? MaxConcurrency { get; init; }
}
