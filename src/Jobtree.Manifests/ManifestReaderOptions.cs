namespace Jobtree.Manifests;

/// <summary>The options of <see cref="ManifestReader"/>, including limits that make hostile text harmless.</summary>
public sealed record ManifestReaderOptions
{
    /// <summary>The options used if none are given.</summary>
    public static ManifestReaderOptions Default { get; } = new();

    /// <summary>The format of the text.</summary>
    public ManifestFormat Format { get; init; }

    /// <summary>The name of the text in errors, such as its file name.</summary>
    public string? Source { get; init; }

    /// <summary>
    /// Whether to read a run's <c>status</c>. If not, as for submissions, it is skipped whatever it contains.
    /// </summary>
    public bool ReadStatus { get; init; } = true;

    /// <summary>
    /// Whether documents of one kind may have the same name, as a history has a run once for each of its submissions.
    /// </summary>
    public bool AllowsSameName { get; init; }

    /// <summary>The most bytes of UTF-8 text.</summary>
    public int BytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>The most documents, including items of lists.</summary>
    public int DocumentsMax { get; init; } = 10_000;

    /// <summary>The greatest depth of nested lists and mappings.</summary>
    public int DepthMax { get; init; } = 64;

    /// <summary>
    /// The most values (scalars, lists and mappings) in the whole text. It bounds memory where <see cref="BytesMax"/>
    /// alone would not.
    /// </summary>
    public int ValuesMax { get; init; } = 500_000;

    /// <summary>The number of errors after which reading stops.</summary>
    public int ErrorsMax { get; init; } = 50;
}

/// <summary>The format of a manifest file.</summary>
public enum ManifestFormat
{
    /// <summary>JSON if the text is JSON, else YAML, whose flow style starts like JSON.</summary>
    Detect,

    /// <summary>YAML 1.2: one document, or several separated by <c>---</c>.</summary>
    Yaml,

    /// <summary>JSON: an object, an array of objects, or a sequence of objects.</summary>
    Json,
}
