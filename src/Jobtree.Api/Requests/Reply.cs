using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Jobtree.Actors.Operations;
using Jobtree.Api.Problems;

namespace Jobtree.Api.Requests;

/// <summary>
/// The result of a route: a JSON body, a problem, or nothing because the route has written its response.
/// </summary>
internal readonly record struct Reply
{
    private Reply(Action<Utf8JsonWriter>? body, ApiProblem? problem) => (Body, Problem) = (body, problem);

    public Action<Utf8JsonWriter>? Body { get; }

    public ApiProblem? Problem { get; }

    /// <summary>The route has written its response.</summary>
    public static Reply Written => default;

    public static Reply Json(Action<Utf8JsonWriter> body) => new(body, null);

    public static Reply Json<T>(T value, JsonTypeInfo<T> type) =>
        new(writer => JsonSerializer.Serialize(writer, value, type), null);

    /// <summary>The value of a result, or its problem.</summary>
    public static Reply From<T>(Result<T> result, Func<T, Action<Utf8JsonWriter>> body) =>
        result.Succeeded(out var value, out var problem) ? Json(body(value)) : problem;

    /// <summary>A result with a known JSON type.</summary>
    public static Reply From<T>(Result<T> result, JsonTypeInfo<T> type) =>
        result.Succeeded(out var value, out var problem) ? Json(value, type) : problem;

    public static implicit operator Reply(ApiProblem problem) => new(null, problem);

    public static implicit operator Reply(Problem problem) => new(null, ApiProblem.From(problem));
}
