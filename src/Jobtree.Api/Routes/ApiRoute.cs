using Jobtree.Api.Access;
using Jobtree.Api.Requests;

namespace Jobtree.Api.Routes;

/// <summary>One route: its checks, its handler and its documentation.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Pattern">The path with its parameters.</param>
/// <param name="Tag">Its heading in the documentation.</param>
/// <param name="Summary">A one-line summary.</param>
/// <param name="Handle">The handler.</param>
internal sealed record ApiRoute(
    string Method, string Pattern, string Tag, string Summary, Func<ApiRequest, Task<Reply>> Handle)
{
    /// <summary>The minimum role of the caller; null: no token required.</summary>
    public Role? Role { get; init; } = Access.Role.Viewer;

    /// <summary>A longer description, if needed.</summary>
    public string? Description { get; init; }

    /// <summary>The query parameters; all others are refused.</summary>
    public IReadOnlyList<QueryParameter> Query { get; init; } = [];

    /// <summary>The schema name of the body; null: the body is ignored.</summary>
    public string? Body { get; init; }

    /// <summary>Whether the body consists of manifests, which may be YAML.</summary>
    public bool TakesManifests { get; init; }

    /// <summary>The schema name of the response.</summary>
    public string Answer { get; init; } = "";

    /// <summary>The media type of the response.</summary>
    public string AnswerType { get; init; } = MediaTypes.Json;

    /// <summary>A second media type of the response, on request.</summary>
    public string? OtherAnswerType { get; init; }

    /// <summary>Whether requests count towards the caller's rate limit.</summary>
    public bool IsLimited { get; init; } = true;

    /// <summary>Whether the route may change state and therefore takes an operation id.</summary>
    public bool IsCommand => Method != "GET" && Role > Access.Role.Viewer;

    /// <summary>Whether commands are told to the audit log; reports that are kept in memory only are not.</summary>
    public bool IsAudited { get; init; } = true;

    /// <summary>The media type of the response when it is a stream.</summary>
    public string StreamType { get; init; } = MediaTypes.EventStream;

    /// <summary>Whether the response to a query is a stream, which has no timeout.</summary>
    public Func<QueryValues, bool> IsStream { get; init; } = static _ => false;
}
