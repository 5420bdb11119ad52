namespace Jobtree.Manifests.Tree;

/// <summary>Collects errors up to a limit, and adds to each the document being read.</summary>
internal sealed class ErrorLog(string? source, int errorsMax)
{
    private readonly List<ManifestError> errors = [];
    private bool isClosed;

    public IReadOnlyList<ManifestError> Errors => errors;

    public int Count => errors.Count;

    /// <summary>Whether the log accepts no more errors; reading then stops.</summary>
    public bool IsFull => isClosed || errors.Count >= errorsMax;

    /// <summary>Whether the limit was reached, so that errors may be missing.</summary>
    public bool IsCapped => errors.Count >= errorsMax;

    /// <summary>The document being read, from 1.</summary>
    public int Document { get; private set; } = 1;

    public string? Kind { get; set; }

    public string? Name { get; set; }

    /// <summary>Moves to the next document.</summary>
    public void BeginDocument()
    {
        Document++;
        (Kind, Name) = (null, null);
    }

    public void Add(Mark mark, string field, string message)
    {
        if (!IsFull)
            errors.Add(new ManifestError(source, mark.Line, mark.Column, Document, Kind, Name, field, message));
    }

    /// <summary>Stops reading after an error that makes the rest pointless.</summary>
    public void Close() => isClosed = true;
}
