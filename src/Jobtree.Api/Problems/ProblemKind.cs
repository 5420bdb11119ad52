using Jobtree.Actors.Operations;

namespace Jobtree.Api.Problems;

/// <summary>A kind of refusal: the code is stable, the title is for people.</summary>
internal sealed record ProblemKind(int Status, string Code, string Title)
{
    public static ProblemKind Invalid { get; } = new(422, "invalid", "The input is not valid");
    public static ProblemKind NotFound { get; } = new(404, "not-found", "There is no such thing");
    public static ProblemKind Conflict { get; } = new(409, "conflict", "The request contradicts what is there");
    public static ProblemKind Forbidden { get; } = new(403, "forbidden", "The caller may not do this");
    public static ProblemKind LimitReached { get; } = new(429, "limit-reached", "A limit was reached");
    public static ProblemKind Unavailable { get; } = new(503, "unavailable", "The fleet cannot answer now");
    public static ProblemKind BadRequest { get; } = new(400, "bad-request", "The request is not well formed");
    public static ProblemKind BadHost { get; } = new(400, "bad-host", "This host name is not served");
    public static ProblemKind BadOrigin { get; } = new(403, "bad-origin", "Requests from this origin are not served");
    public static ProblemKind Unauthenticated { get; } = new(401, "unauthenticated", "A valid token is needed");
    public static ProblemKind MethodNotAllowed { get; } = new(
        405, "method-not-allowed", "The path does not have this method");
    public static ProblemKind NotAcceptable { get; } = new(406, "not-acceptable", "No acceptable media type");
    public static ProblemKind Timeout { get; } = new(408, "timeout", "The request took too long to arrive");
    public static ProblemKind WatchExpired { get; } = new(410, "watch-expired", "The changes are no longer kept");
    public static ProblemKind TooLarge { get; } = new(413, "too-large", "The body is too large");
    public static ProblemKind UnsupportedMediaType { get; } = new(
        415, "unsupported-media-type", "The media type is not supported");
    public static ProblemKind Internal { get; } = new(500, "internal", "Something broke");

    /// <summary>All problem kinds, for the documentation.</summary>
    public static IReadOnlyList<ProblemKind> All { get; } =
    [
        BadRequest, BadHost, Unauthenticated, Forbidden, BadOrigin, NotFound, MethodNotAllowed, NotAcceptable, Timeout,
            Conflict, WatchExpired,
        TooLarge, UnsupportedMediaType, Invalid, LimitReached, Internal, Unavailable,
    ];

    public static ProblemKind From(ProblemCode code) => code switch
    {
        ProblemCode.Invalid => Invalid,
        ProblemCode.NotFound => NotFound,
        ProblemCode.Conflict => Conflict,
        ProblemCode.Forbidden => Forbidden,
        ProblemCode.Unauthenticated => Unauthenticated,
        ProblemCode.LimitReached => LimitReached,
        ProblemCode.Unavailable => Unavailable,
        _ => Internal,
    };
}
