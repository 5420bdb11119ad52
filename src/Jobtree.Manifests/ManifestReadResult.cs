namespace Jobtree.Manifests;

/// <summary>What came of reading a text: all its manifests, or what is wrong with it.</summary>
public sealed record ManifestReadResult
{
    /// <summary>The manifests in the order of the text; empty when there are errors.</summary>
    public IReadOnlyList<Manifest> Manifests { get; init; } = [];

    /// <summary>The errors in the order they were found; empty when the text is valid.</summary>
    public IReadOnlyList<ManifestError> Errors { get; init; } = [];

    /// <summary>
    /// Whether reading stopped at <see cref="ManifestReaderOptions.ErrorsMax"/>, so that there may be more errors.
    /// </summary>
    public bool ErrorsCapped { get; init; }

    /// <summary>Whether the whole text is valid.</summary>
    public bool IsValid => Errors.Count == 0;
}
