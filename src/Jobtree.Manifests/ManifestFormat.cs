namespace Jobtree.Manifests;

/// <summary>How the text of a manifest file is written.</summary>
public enum ManifestFormat
{
    /// <summary>JSON if the text is JSON, else YAML, of which flow style opens like JSON.</summary>
    Detect,

    /// <summary>YAML 1.2, one document or several parted by <c>---</c>.</summary>
    Yaml,

    /// <summary>JSON: an object, an array of objects, or objects one after the other.</summary>
    Json,
}
