using Jobtree.Api.Access;
using Jobtree.Api.Problems;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Requests;

/// <summary>
/// Bounds the requests that wait for their answers at a time, and the bytes of their bodies: what is made of a body
/// takes many times its size. Under overload what is beyond is refused at once, and operators get through.
/// </summary>
internal sealed class RequestRoom(ApiOptions options)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly FairShare places = new(
        options.RequestsAtOnceMax, options.RequestsAtOnceMax / 2, options.RequestsAtOnceMax / 8);
    private readonly FairShare bytes = new(options.BodiesBytes, Math.Max(options.BodiesBytes / 2, options.BodyBytesMax),
        Math.Max(options.BodiesBytes / 4, options.BodyBytesMax));

    /// <summary>Takes room for what is no HTTP request until it is answered; null: there is none.</summary>
    public IDisposable? Take(Caller caller) => places.TryTake(caller, 1);

    /// <summary>Takes room for a request until it is answered, or says why there is none.</summary>
    public (Room? Room, ApiProblem? Refusal) Take(HttpRequest request, Caller caller, bool hasBody)
    {
        if (places.TryTake(caller, 1) is not { } place)
            return (null, Full("There are as many unanswered requests as may be, in all or of this token"));
        if (!hasBody)
            return (new Room(place, null), null);
        // A body that does not say its size may have the most.
        if (bytes.TryTake(caller, request.ContentLength ?? options.BodyBytesMax) is { } body)
            return (new Room(place, body), null);
        place.Dispose();
        return (null, Full($"The bodies of unanswered requests have {bytes.Taken} bytes, as many as may be, in all or "
            + "of this token"));
    }

    private static ApiProblem Full(string what) => new(
        ProblemKind.LimitReached, $"{what}; nothing was done. Send it again later.") { RetryAfter = RetryAfter };

    /// <summary>The room of one request.</summary>
    internal sealed record Room(IDisposable Place, IDisposable? Body) : IDisposable
    {
        public void Dispose()
        {
            Place.Dispose();
            Body?.Dispose();
        }
    }
}
