using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Jobtree.Manifests.Reading;
using Jobtree.Manifests.Tree;

namespace Jobtree.Manifests;

/// <summary>
/// Reads manifests: YAML or JSON, one document or many, <c>kind: List</c> included. Wrong text is reported as errors
/// and never thrown; a text is valid as a whole or not at all.
/// </summary>
public static class ManifestReader
{
    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="options">Format, limits and the text's name for errors; absent:
    /// <see cref="ManifestReaderOptions.Default"/>.</param>
    public static ManifestReadResult Read(string text, ManifestReaderOptions? options = null)
    {
        options ??= ManifestReaderOptions.Default;
        // Every character takes at least one byte, so a text too long is refused before it is copied.
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
    /// <param name="text">The text's bytes.</param>
    /// <param name="options">Format, limits and the text's name for errors; absent:
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
        var errors = new ErrorLog(options.Source, options.ErrorsMax);
        var documents = new DocumentReader(options, errors);
        if (IsJson(bytes, options.Format))
            ReadJson(bytes, options, errors, documents);
        else
            ReadYaml(bytes, options, errors, documents);
        return errors.Count == 0
            ? new ManifestReadResult { Manifests = documents.Manifests }
            : new ManifestReadResult { Errors = errors.Errors, ErrorsCapped = errors.IsCapped };
    }

    private static void ReadJson(
        ReadOnlySpan<byte> bytes, ManifestReaderOptions options, ErrorLog errors, DocumentReader documents)
    {
        var tree = new JsonTree(bytes, options, errors);
        while (tree.TryRead(out var document) && documents.Read(document))
        {
        }
    }

    private static void ReadYaml(
        ReadOnlySpan<byte> bytes, ManifestReaderOptions options, ErrorLog errors, DocumentReader documents)
    {
        var tree = new YamlTree(Encoding.UTF8.GetString(bytes), options, errors);
        // An empty document, such as comments before the first ---, is no mistake.
        while (tree.TryRead(out var document) && (document.Kind == ValueKind.Null || documents.Read(document)))
        {
        }
    }

    private static bool IsJson(ReadOnlySpan<byte> bytes, ManifestFormat format)
    {
        if (format != ManifestFormat.Detect)
            return format == ManifestFormat.Json;
        var first = bytes.IndexOfAnyExcept(" \t\r\n"u8);
        return first >= 0 && bytes[first] is (byte)'{' or (byte)'[';
    }

    private static Mark FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        var valid = 0;
        while (Rune.DecodeFromUtf8(bytes[valid..], out _, out var length) == System.Buffers.OperationStatus.Done)
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
