using Jobtree.Api.Access;
using Jobtree.Api.Problems;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Requests;

/// <summary>
/// Bounds the bodies that are held at a time, in bytes. What is made of a body takes many times its size, so without a
/// bound a few callers could take all memory. A body counts until its request is answered.
/// </summary>
internal sealed class BodyShare(ApiOptions options)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly FairShare bytes = new(options.BodiesBytes, Math.Max(options.BodiesBytes / 2, options.BodyBytesMax),
        Math.Max(options.BodiesBytes / 4, options.BodyBytesMax));

    /// <summary>Takes room for a request's body, or says why there is none.</summary>
    public (IDisposable? Room, ApiProblem? Refusal) Take(HttpRequest request, Caller caller)
    {
        // A body that does not say its size may have the most.
        var room = bytes.TryTake(caller, request.ContentLength ?? options.BodyBytesMax);
        return room is not null ? (room, null) : (null, new ApiProblem(ProblemKind.LimitReached,
            $"The bodies of other requests take up {bytes.Taken} bytes; nothing was done. Send it again when they are "
            + "answered.") { RetryAfter = RetryAfter });
    }
}
