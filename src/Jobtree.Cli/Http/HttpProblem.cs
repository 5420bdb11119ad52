using System.Net;
using System.Text.Json;
using Jobtree.Actors.Operations;

namespace Jobtree.Cli.Http;

/// <summary>Reads the RFC 9457 problem documents of the API.</summary>
internal static class HttpProblem
{
    /// <summary>The maximum size of a problem document.</summary>
    public const int BytesMax = 1024 * 1024;

    /// <summary>The problem in a response, or the one that its status implies.</summary>
    /// <param name="response">The response, with its content loaded.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<Problem> Read(HttpResponseMessage response, CancellationToken cancellation)
    {
        var fallback = CodeOf(response.StatusCode);
        if (response.Content.Headers.ContentType?.MediaType is not ("application/problem+json" or "application/json"))
            return new Problem(fallback, $"The server answered {(int)response.StatusCode} {response.ReasonPhrase}.");
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        return Of(body, fallback);
    }

    /// <summary>Parses a problem document.</summary>
    /// <param name="json">The document.</param>
    /// <param name="fallback">The code to use if the document has no known code.</param>
    public static Problem Of(Stream json, ProblemCode fallback)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Of(document.RootElement, fallback);
        }
        catch (JsonException)
        {
            return new Problem(fallback, "The server answered with a problem that cannot be read.");
        }
    }

    /// <summary>The wire form of a code, such as <c>not-found</c>.</summary>
    public static string Kebab(ProblemCode code) => JsonNamingPolicy.KebabCaseLower.ConvertName(code.ToString());

    private static Problem Of(JsonElement document, ProblemCode fallback)
    {
        var word = Text(document, "code");
        var detail = Text(document, "detail") ?? Text(document, "title") ?? "The server gave no detail.";
        var known = Enum.GetValues<ProblemCode>().Where(code => Kebab(code) == word).Cast<ProblemCode?>()
            .FirstOrDefault();
        return new Problem(
            known ?? fallback,
            known is not null || word is null ? detail : $"{word}: {detail}",
            document.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array
                ? errors.EnumerateArray().Select(error => error.ValueKind == JsonValueKind.String ? error.GetString()!
                    : error.GetRawText()).ToArray()
                : null);
    }

    private static string? Text(JsonElement document, string name) =>
        document.ValueKind == JsonValueKind.Object && document.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static ProblemCode CodeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.NotFound => ProblemCode.NotFound,
        HttpStatusCode.Conflict or HttpStatusCode.Gone => ProblemCode.Conflict,
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ProblemCode.Forbidden,
        HttpStatusCode.TooManyRequests => ProblemCode.LimitReached,
        < HttpStatusCode.BadRequest or >= HttpStatusCode.InternalServerError => ProblemCode.Unavailable,
        _ => ProblemCode.Invalid,
    };
}
