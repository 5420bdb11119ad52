using System.Globalization;
using System.Text;

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

/// <summary>One thing wrong with a manifest: where, and what is allowed there.</summary>
/// <param name="Source">The name of the text, if the reader was given one.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The character in the line, from 1.</param>
/// <param name="Document">The document in the text, from 1; 0 where the text as a whole is meant.</param>
/// <param name="Kind">The document's kind, where it could be read.</param>
/// <param name="Name">The document's name, where it could be read.</param>
/// <param name="Field">The field, such as <c>spec.envelopes[0].concurrency</c>; empty for the document as a
/// whole.</param>
/// <param name="Message">What is wrong and what is allowed. Values of environment variables and arguments are never
/// repeated.</param>
public sealed record ManifestError(
    string? Source, int Line, int Column, int Document, string? Kind, string? Name, string Field, string Message)
{
    /// <summary>The error on one line, as a compiler would print it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (Source is not null)
            text.Append(Source).Append(':');
        text.Append(CultureInfo.InvariantCulture, $"{Line}:{Column}: ");
        if (Kind is not null)
            text.Append(Kind).Append(Name is null ? "" : " ").Append(Name).Append(": ");
        if (Field.Length > 0)
            text.Append(Field).Append(' ');
        return text.Append(Message).ToString();
    }
}
