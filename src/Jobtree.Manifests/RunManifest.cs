using Jobtree.Core.Model;

namespace Jobtree.Manifests;

/// <summary>A document of kind Run.</summary>
/// <param name="Key">Its namespace and name.</param>
/// <param name="Spec">What it asks for.</param>
/// <param name="Labels">Its labels, if any.</param>
/// <param name="Status">What became of it; read from state files, ignored on submission.</param>
public sealed record RunManifest(
    RunKey Key, RunSpec Spec, IReadOnlyDictionary<string, string>? Labels = null, RunStatus? Status = null) : Manifest
{
    /// <summary>
    /// Whether the name in <see cref="Key"/> is <c>metadata.generateName</c>: the beginning of the name that the run is
    /// given when it is submitted.
    /// </summary>
    public bool GeneratesName { get; init; }
}
