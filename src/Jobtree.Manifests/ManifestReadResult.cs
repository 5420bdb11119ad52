using System.Globalization;
using System.Text;

namespace Jobtree.Manifests;

/// <summary>The result of reading a text: all its manifests, or its errors.</summary>
public sealed record ManifestReadResult
{
    /// <summary>The manifests in text order; empty if there are errors.</summary>
    public IReadOnlyList<Manifest> Manifests { get; init; } = [];

    /// <summary>The errors in the order found; empty if the text is valid.</summary>
    public IReadOnlyList<ManifestError> Errors { get; init; } = [];

    /// <summary>
    /// Whether reading stopped at <see cref="ManifestReaderOptions.ErrorsMax"/>, so that there may be more errors.
    /// </summary>
    public bool ErrorsCapped { get; init; }

    /// <summary>Whether the whole text is valid.</summary>
    public bool IsValid => Errors.Count == 0;
}

/// <summary>One error in a manifest: its place, and what is allowed there.</summary>
/// <param name="Source">The name of the text, if the reader was given one.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The character in the line, from 1.</param>
/// <param name="Document">The document in the text, from 1; 0 if the error concerns the whole text.</param>
/// <param name="Kind">The document's kind, if it could be read.</param>
/// <param name="Name">The document's name, if it could be read.</param>
/// <param name="Field">The field, such as <c>spec.envelopes[0].concurrency</c>; empty if the error concerns the whole
/// document.</param>
/// <param name="Message">What is wrong and what is allowed. It never repeats values of environment variables and
/// arguments.</param>
public sealed record ManifestError(
    string? Source, int Line, int Column, int Document, string? Kind, string? Name, string Field, string Message)
{
    /// <summary>Formats the error on one line, as a compiler would.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{(Source is null ? "" : $"{Source}:")}{Line}:{Column}: {Sentence()}");

    /// <summary>What is wrong and where, for a manifest that has no lines because a program made it.</summary>
    public string Sentence()
    {
        var text = new StringBuilder();
        if (Kind is not null)
            text.Append(Kind).Append(Name is null ? "" : " ").Append(Name).Append(": ");
        if (Field.Length > 0)
            text.Append(Field).Append(' ');
        return text.Append(Message).ToString();
    }
}
