using Jobtree.Manifests;

namespace Jobtree.Api.Requests;

/// <summary>The media types of requests and responses.</summary>
internal static class MediaTypes
{
    public const string Json = "application/json";
    public const string Yaml = "application/yaml";
    public const string EventStream = "text/event-stream";
    public const string Ndjson = "application/x-ndjson";
    public const string Text = "text/plain; charset=utf-8";
    public const string ManifestsAllowed =
        "application/json, application/yaml (also application/x-yaml, text/yaml), in UTF-8";

    /// <summary>The manifest format of a content type; null: not a manifest.</summary>
    public static ManifestFormat? ManifestFormatOf(string? contentType) => Essence(contentType) switch
    {
        Json => ManifestFormat.Json,
        Yaml or "application/x-yaml" or "text/yaml" or "text/x-yaml" => ManifestFormat.Yaml,
        _ => null,
    };

    public static bool IsJson(string? contentType) => Essence(contentType) == Json;

    /// <summary>Whether the Accept header of a request accepts this media type. Quality 0 is not checked.</summary>
    public static bool Accepts(string? accept, string mediaType)
    {
        if (string.IsNullOrEmpty(accept) || accept == "*/*")
            return true;
        var slash = mediaType.IndexOf('/', StringComparison.Ordinal);
        foreach (var range in accept.AsSpan().Split(','))
        {
            var wanted = accept.AsSpan()[range];
            var parameters = wanted.IndexOf(';');
            wanted = (parameters < 0 ? wanted : wanted[..parameters]).Trim();
            if (wanted is "*/*"
                || wanted.Equals(mediaType, StringComparison.OrdinalIgnoreCase)
                || (wanted.EndsWith("/*") && mediaType.AsSpan(0, slash + 1)
                    .Equals(wanted[..^1], StringComparison.OrdinalIgnoreCase)))
            {
                return true;
            }
        }

        return false;
    }

    // The media type in lower case, without parameters; null when a parameter names a character set other than UTF-8.
    private static string? Essence(string? contentType)
    {
        if (contentType is null or Json)
            return contentType;
        var semicolon = contentType.IndexOf(';', StringComparison.Ordinal);
        if (semicolon < 0)
            return contentType.Trim().ToLowerInvariant();
        foreach (var parameter in contentType[(semicolon + 1)..]
            .Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (parameter.StartsWith("charset=", StringComparison.OrdinalIgnoreCase)
                && !parameter["charset=".Length..].Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            {
                return null;
            }
        }

        return contentType[..semicolon].Trim().ToLowerInvariant();
    }
}
