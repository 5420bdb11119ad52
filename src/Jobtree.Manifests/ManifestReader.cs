using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Jobtree.Manifests.Reading;
using Jobtree.Manifests.Tree;

namespace Jobtree.Manifests;

/// <summary>
/// Reads manifests: YAML or JSON, one document or many, including <c>kind: List</c>. Invalid text is reported as errors
/// and never throws. A text is valid as a whole or not at all.
/// </summary>
public static class ManifestReader
{
    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly ManifestReaderOptions Made = new() { Format = ManifestFormat.Json, ReadStatus = false };

    private static readonly SearchValues<byte> BlanksAndBrackets = SearchValues.Create(" \t\r\n{["u8);

    /// <summary>Reads a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="options">Format, limits and the text's name in errors; absent:
    /// <see cref="ManifestReaderOptions.Default"/>.</param>
    public static ManifestReadResult Read(string text, ManifestReaderOptions? options = null)
    {
        options ??= ManifestReaderOptions.Default;
        // Every character takes at least one byte, so a text that is too long is refused before it is copied.
        if (text.Length > options.BytesMax)
            return Refuse(options, new Mark(1, 1), TooLong(options));
        try
        {
            return Read(Strict.GetBytes(text), options);
        }
        catch (EncoderFallbackException exception)
        {
            var line = text.AsSpan(0, exception.Index).Count('\n') + 1;
            return Refuse(options, new Mark(line, exception.Index - text.LastIndexOf('\n', exception.Index)),
                "the text holds half of a surrogate pair, which is no character");
        }
    }

    /// <summary>Reads UTF-8 text, with or without a byte order mark.</summary>
    /// <param name="text">The bytes of the text.</param>
    /// <param name="options">Format, limits and the text's name in errors; absent:
    /// <see cref="ManifestReaderOptions.Default"/>.</param>
    public static ManifestReadResult Read(ReadOnlyMemory<byte> text, ManifestReaderOptions? options = null)
    {
        options ??= ManifestReaderOptions.Default;
        if (text.Length > options.BytesMax)
            return Refuse(options, new Mark(1, 1), TooLong(options));
        var bytes = text.Span;
        if (bytes.StartsWith(Encoding.UTF8.Preamble))
            bytes = bytes[Encoding.UTF8.Preamble.Length..];
        if (!Utf8.IsValid(bytes))
            return Refuse(options, FirstInvalid(bytes), "the text is not valid UTF-8");
        return options.Format switch
        {
            ManifestFormat.Json => ReadJson(bytes, options).Result,
            ManifestFormat.Yaml => ReadYaml(bytes, options),
            _ => Detect(bytes, options),
        };
    }

    /// <summary>
    /// Reads a manifest as if it had come as text, so that the same rules hold for what a program made. One that says
    /// nothing in other words than a text would is returned as it is.
    /// </summary>
    /// <param name="made">The manifest. The status of a run is left out, as on submission.</param>
    public static ManifestReadResult Read(Manifest made)
    {
        if (made.IsRead)
            return new ManifestReadResult { Manifests = [made] };
        try
        {
            var text = ManifestWriter.ToJson(made is RunManifest run ? run with { Status = null } : made);
            var result = Read(text, Made);
            return result.Manifests is [var read] && read.Identity == made.Identity
                && ManifestWriter.ToJson(read).AsSpan().SequenceEqual(text)
                    ? new ManifestReadResult { Manifests = [made] } : result;
        }
        catch (Exception fault) when (fault is ArgumentException or KeyNotFoundException)
        {
            // Half of a surrogate pair, a number that is none, or a word that is not in the vocabulary.
            return Refuse(
                Made, new Mark(1, 1), $"{made.Identity} cannot be written: {TextRules.Sentence(fault.Message)}");
        }
    }

    /// <summary>
    /// Reads a text that starts like JSON as JSON. If it is not JSON, reads it as YAML, whose flow style starts the
    /// same way. If it is neither, reports the errors of the likelier format.
    /// </summary>
    private static ManifestReadResult Detect(ReadOnlySpan<byte> bytes, ManifestReaderOptions options)
    {
        var first = bytes.IndexOfAnyExcept(" \t\r\n"u8);
        if (first < 0 || bytes[first] is not ((byte)'{' or (byte)'['))
            return ReadYaml(bytes, options);
        var json = ReadJson(bytes, options);
        if (!json.IsMalformed)
            return json.Result;
        var yaml = ReadYaml(bytes, options);
        return yaml.IsValid || !IsLikelierJson(bytes) ? yaml : json.Result;
    }

    /// <summary>
    /// Whether the first character other than blanks and brackets is a double quote, as for every JSON name, and no
    /// line separates documents as in YAML.
    /// </summary>
    private static bool IsLikelierJson(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOf("\n---"u8) >= 0)
            return false;
        var name = bytes.IndexOfAnyExcept(BlanksAndBrackets);
        return name >= 0 && bytes[name] == (byte)'"';
    }

    private static (ManifestReadResult Result, bool IsMalformed) ReadJson(
        ReadOnlySpan<byte> bytes, ManifestReaderOptions options)
    {
        var errors = new ErrorLog(options.Source, options.ErrorsMax);
        var documents = new DocumentReader(options, errors);
        var tree = new JsonTree(bytes, options, errors);
        while (tree.TryRead(out var document) && documents.Read(document))
        {
        }
        return (ResultOf(errors, documents), tree.IsMalformed);
    }

    private static ManifestReadResult ReadYaml(ReadOnlySpan<byte> bytes, ManifestReaderOptions options)
    {
        var errors = new ErrorLog(options.Source, options.ErrorsMax);
        var documents = new DocumentReader(options, errors);
        var tree = new YamlTree(Encoding.UTF8.GetString(bytes), options, errors);
        // An empty document is valid; for example, comments before the first ---.
        while (tree.TryRead(out var document) && (document.Kind == ValueKind.Null || documents.Read(document)))
        {
        }
        return ResultOf(errors, documents);
    }

    private static ManifestReadResult ResultOf(ErrorLog errors, DocumentReader documents) => errors.Count == 0
        ? new ManifestReadResult { Manifests = documents.Manifests }
        : new ManifestReadResult { Errors = errors.Errors, ErrorsCapped = errors.IsCapped };

    private static Mark FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        var valid = 0;
        while (Rune.DecodeFromUtf8(bytes[valid..], out _, out var length) == OperationStatus.Done)
            valid += length;
        var before = bytes[..valid];
        return new Mark(before.Count((byte)'\n') + 1,
            Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1);
    }

    private static string TooLong(ManifestReaderOptions options) =>
        string.Create(CultureInfo.InvariantCulture, $"the text is longer than {options.BytesMax} bytes; split it");

    private static ManifestReadResult Refuse(ManifestReaderOptions options, Mark mark, string message) =>
        new() { Errors = [new ManifestError(options.Source, mark.Line, mark.Column, 0, null, null, "", message)] };
}
