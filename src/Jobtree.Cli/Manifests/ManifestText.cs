using System.Text;
using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Manifests;

namespace Jobtree.Cli.Manifests;

/// <summary>Manifests as text: in files, in API responses and in output.</summary>
internal static class ManifestText
{
    /// <summary>The maximum size of a state file or response.</summary>
    public const int BytesMax = 256 * 1024 * 1024;

    // A fleet may contain millions of documents. Hand-written files keep the reader's tighter default limits.
    private static readonly ManifestReaderOptions Large = new()
    {
        BytesMax = BytesMax, DocumentsMax = 2_000_000, ValuesMax = 100_000_000,
    };

    /// <summary>Parses a hand-written file, for submission.</summary>
    public static Result<IReadOnlyList<Manifest>> ReadSubmission(ReadOnlyMemory<byte> text, string source) =>
        Read(text, ManifestReaderOptions.Default with { Source = source, ReadStatus = false });

    /// <summary>Parses a whole fleet.</summary>
    public static Result<IReadOnlyList<Manifest>> ReadState(ReadOnlyMemory<byte> text, string source) =>
        Read(text, Large with { Source = source });

    /// <summary>Parses one manifest of a response.</summary>
    public static Result<T> ReadOne<T>(JsonElement document)
        where T : Manifest =>
        ReadAll<T>($"[{document.GetRawText()}]").Succeeded(out var items, out var problem)
            ? items is [var one] ? one : throw new JsonException("Expected one manifest.")
            : problem;

    /// <summary>Parses the manifests of a response.</summary>
    public static Result<IReadOnlyList<T>> ReadMany<T>(JsonElement documents)
        where T : Manifest =>
        ReadAll<T>(documents.GetRawText());

    /// <summary>A manifest as JSON.</summary>
    public static byte[] WriteJson(Manifest manifest) => ManifestWriter.ToJson(manifest);

    /// <summary>Manifests as a JSON array.</summary>
    public static byte[] WriteJson(IReadOnlyList<Manifest> manifests) => WriteJson(writer =>
    {
        writer.WriteStartArray();
        foreach (var manifest in manifests)
            ManifestWriter.WriteJson(writer, manifest);
        writer.WriteEndArray();
    });

    /// <summary>Manifests as a YAML file of several documents.</summary>
    public static string WriteYaml(IReadOnlyList<Manifest> manifests) => ManifestWriter.ToYaml(manifests);

    private static Result<IReadOnlyList<Manifest>> Read(ReadOnlyMemory<byte> text, ManifestReaderOptions options)
    {
        var read = ManifestReader.Read(text, options);
        if (read.IsValid)
            return Results.Of(read.Manifests);
        var errors = read.Errors.Select(error => error.ToString());
        return new Problem(
            ProblemCode.Invalid,
            $"{options.Source} is not valid.",
            [.. read.ErrorsCapped ? errors.Append("There may be more errors.") : errors]);
    }

    private static Result<IReadOnlyList<T>> ReadAll<T>(string json)
        where T : Manifest
    {
        var options = Large with
        {
            Source = "The server's answer", Format = ManifestFormat.Json, AllowsSameName = true,
        };
        if (!Read(Encoding.UTF8.GetBytes(json), options).Succeeded(out var manifests, out var problem))
            return problem with { Code = ProblemCode.Unavailable };
        return manifests.All(manifest => manifest is T)
            ? Results.Of<IReadOnlyList<T>>([.. manifests.Cast<T>()])
            : throw new JsonException($"Expected manifests of type {typeof(T).Name} only.");
    }

    private static byte[] WriteJson(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
            write(writer);
        return buffer.ToArray();
    }
}
