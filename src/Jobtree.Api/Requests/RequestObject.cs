using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Jobtree.Api.Problems;

namespace Jobtree.Api.Requests;

/// <summary>Reads a request body that consists of one JSON object.</summary>
internal static class RequestObject
{
    /// <summary>Reads the body, or returns its error.</summary>
    public static async Task<(T? Body, ApiProblem? Problem)> Read<T>(ApiRequest request, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            var body = await Body.Read(request.Http.Request, type, static (bytes, type) =>
                JsonSerializer.Deserialize(bytes.Span, type), request.Cancellation);
            return body is null ? (null, new ApiProblem(ProblemKind.Invalid, "The body must be a JSON object."))
                : (body, null);
        }
        catch (JsonException e)
        {
            return (null, new ApiProblem(
                ProblemKind.Invalid, "The body is not what is expected here; nothing was done.", [Located(e)]));
        }
    }

    // The serializer's message names internal types. The caller needs the position and the expected value instead.
    private static string Located(JsonException e) =>
        $"{(e.LineNumber + 1) ?? 1}:{(e.BytePositionInLine + 1) ?? 1}: not valid at '{e.Path ?? "$"}'; see the " +
        $"schema in /openapi/v1.json";
}
