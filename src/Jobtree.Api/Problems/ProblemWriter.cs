using System.Globalization;
using System.Text.Json;
using Jobtree.Api.Requests;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Problems;

/// <summary>Writes problem documents.</summary>
internal static class ProblemWriter
{
    public const string ContentType = "application/problem+json";
    private const int RetryAfterSecondsMin = 1;
    private const int ErrorsMax = 100;

    public static Task Write(HttpContext http, ApiProblem problem)
    {
        var response = http.Response;
        response.StatusCode = problem.Kind.Status;
        if (problem.Kind == ProblemKind.Unauthenticated)
            response.Headers.WWWAuthenticate = "Bearer realm=\"jobtree\"";
        if (problem.Kind == ProblemKind.LimitReached || problem.Kind == ProblemKind.Unavailable)
            response.Headers.RetryAfter = RetryAfter(problem);
        response.ContentType = ContentType;
        return JsonBody.Write(response, writer => Write(writer, problem));
    }

    // Whole seconds, rounded up: a client that retries too early is refused again.
    private static string RetryAfter(ApiProblem problem) =>
        Math.Max(RetryAfterSecondsMin, (int)Math.Ceiling(problem.RetryAfter?.TotalSeconds ?? 0)).ToString(
            CultureInfo.InvariantCulture);

    public static void Write(Utf8JsonWriter writer, ApiProblem problem)
    {
        writer.WriteStartObject();
        writer.WriteString("type", $"urn:jobtree:problem:{problem.Kind.Code}");
        writer.WriteString("title", problem.Kind.Title);
        writer.WriteNumber("status", problem.Kind.Status);
        writer.WriteString("detail", problem.Detail);
        writer.WriteString("code", problem.Kind.Code);
        if (problem.Errors is { Count: > 0 } errors)
        {
            writer.WriteStartArray("errors");
            foreach (var error in errors.Take(ErrorsMax))
                writer.WriteStringValue(error);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }
}
