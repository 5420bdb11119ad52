namespace Jobtree.Manifests;

/// <summary>How the text of a manifest file is written.</summary>
public enum ManifestFormat
{
    /// <summary>JSON when the first character that is not blank is <c>{</c> or <c>[</c>, else YAML.</summary>
    Detect,

    /// <summary>YAML 1.2, one document or several parted by <c>---</c>.</summary>
    Yaml,

    /// <summary>JSON: an object, an array of objects, or objects one after the other.</summary>
    Json,
}
