using Jobtree.Api.Access;
using Jobtree.Api.Requests;

namespace Jobtree.Api.Routes;

/// <summary>One route: what is checked, what it does, and what the documentation says of it.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Pattern">The path with its parameters.</param>
/// <param name="Tag">The heading it stands under.</param>
/// <param name="Summary">One line.</param>
/// <param name="Handle">What it does.</param>
internal sealed record ApiRoute(
    string Method, string Pattern, string Tag, string Summary, Func<ApiRequest, Task<Reply>> Handle)
{
    /// <summary>The role that the caller needs at least; null: anybody, without a token.</summary>
    public Role? Role { get; init; } = Access.Role.Viewer;

    /// <summary>More than one line, where there is more to say.</summary>
    public string? Description { get; init; }

    /// <summary>The query parameters; any other is refused.</summary>
    public IReadOnlyList<QueryParameter> Query { get; init; } = [];

    /// <summary>The name of the body's schema; null: a body is not looked at.</summary>
    public string? Body { get; init; }

    /// <summary>Whether the body is manifests and so may be YAML.</summary>
    public bool TakesManifests { get; init; }

    /// <summary>The name of the answer's schema.</summary>
    public string Answer { get; init; } = "";

    /// <summary>The media type of the answer.</summary>
    public string AnswerType { get; init; } = MediaTypes.Json;

    /// <summary>A second media type that the answer may have if the caller asks for it.</summary>
    public string? OtherAnswerType { get; init; }

    /// <summary>Whether requests count towards the limit of their caller.</summary>
    public bool IsLimited { get; init; } = true;

    /// <summary>Whether it may change something and so has an operation id.</summary>
    public bool IsCommand => Method != "GET" && Role > Access.Role.Viewer;

    /// <summary>Whether the answer to a query is a stream of events, which may take as long as it likes.</summary>
    public Func<QueryValues, bool> IsStream { get; init; } = static _ => false;
}
