namespace Jobtree.Manifests;

/// <summary>One valid document of a manifest file; see the five derived records for the kinds.</summary>
public abstract record Manifest
{
    private protected Manifest()
    {
    }
}
