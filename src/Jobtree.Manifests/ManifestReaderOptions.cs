namespace Jobtree.Manifests;

/// <summary>How <see cref="ManifestReader"/> reads, and the limits that keep hostile text harmless.</summary>
public sealed record ManifestReaderOptions
{
    /// <summary>The options used where none are given.</summary>
    public static ManifestReaderOptions Default { get; } = new();

    /// <summary>The format of the text.</summary>
    public ManifestFormat Format { get; init; }

    /// <summary>What to call the text in errors, such as its file name.</summary>
    public string? Source { get; init; }

    /// <summary>
    /// Whether a run's <c>status</c> is read; where it is not, as for submissions, it is passed over whatever it holds.
    /// </summary>
    public bool ReadStatus { get; init; } = true;

    /// <summary>The most bytes of UTF-8 text.</summary>
    public int BytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>The most documents, items of lists included.</summary>
    public int DocumentsMax { get; init; } = 10_000;

    /// <summary>The most lists and mappings inside each other.</summary>
    public int DepthMax { get; init; } = 64;

    /// <summary>
    /// The most values (scalars, lists and mappings) in the whole text: bounds memory where bytes alone would not.
    /// </summary>
    public int ValuesMax { get; init; } = 500_000;

    /// <summary>How many errors are reported before reading stops.</summary>
    public int ErrorsMax { get; init; } = 50;
}

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
