using Jobtree.Api.Requests;

namespace Jobtree.Api.Routes;

/// <summary>The query parameters of paged lists.</summary>
internal static class Paging
{
    public static IReadOnlyList<QueryParameter> Query { get; } =
    [
        new("limit", "The most items, 1 to 1000; 100 by default. A page may have fewer.", "integer"),
        new("continue", "Where the page begins: 'continue' of the page before."),
    ];
}
