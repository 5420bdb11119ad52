using Jobtree.Api.Access;
using Jobtree.Api.Auditing;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Routes;

/// <summary>Serves one route: first the shared checks in this order, then the handler, then the response.</summary>
internal sealed class ApiEndpoint(ApiRoute route, ApiOptions options, ApiAccess access, RequestLimit limit,
    RequestRoom rooms, AuditTrail audit, TimeProvider time)
{
    private static readonly ApiProblem Broken = new(ProblemKind.Internal, "Something broke.");

    public async Task Serve(HttpContext http)
    {
        var (caller, refused) = await Admit(http);
        if (refused is not null)
        {
            await audit.Refused(AuditSource.Of(http), caller, refused);
            await ProblemWriter.Write(http, refused);
            return;
        }

        var query = new QueryValues(http.Request, route.Query);
        var streams = route.IsStream(query);
        if (query.Problem is { } unknown)
        {
            await ProblemWriter.Write(http, unknown);
            return;
        }

        var answerType = streams ? route.StreamType : route.AnswerType;
        if (!Accepts(http.Request, answerType))
        {
            await ProblemWriter.Write(http, new ApiProblem(
                ProblemKind.NotAcceptable, $"The answer is {answerType}; the header Accept does not take that."));
            return;
        }

        var operation = "";
        if (route.IsCommand)
        {
            if (!OperationId.TryRead(http.Request, out var read, out var malformed))
            {
                await ProblemWriter.Write(http, malformed);
                return;
            }

            operation = read;
        }

        if (streams)
        {
            var streamed = await Stream(http, caller!, query, operation);
            if (streamed.Problem is { } problem)
                await audit.Refused(AuditSource.Of(http), caller, problem);
            await Answer(http, streamed);
            return;
        }

        var (room, full) = route is { Role: null } or { IsLimited: false } ? (null, null)
            : rooms.Take(http.Request, caller!, hasBody: route.Body is not null);
        using (room)
            await Answer(http, full ?? await Audited(http, caller!, query, operation));
    }

    /// <summary>Answers a request after the audit log has its entry, if it is one to have.</summary>
    private async Task<Reply> Audited(HttpContext http, Caller caller, QueryValues query, string operation)
    {
        var note = new AuditNote();
        var isTold = route.IsCommand && route.IsAudited;
        try
        {
            var reply = await Handle(http, caller, query, operation, note);
            if (isTold && !note.IsQuestion)
                await audit.Record(AuditSource.Of(http), caller, operation, note, reply.Problem);
            else if (reply.Problem is { } problem)
                await audit.Refused(AuditSource.Of(http), caller, problem);
            return reply;
        }
        catch (Exception failure) when (isTold && failure is not BadHttpRequestException)
        {
            await audit.Record(AuditSource.Of(http), caller, operation, note, Broken);
            throw;
        }
    }

    private async Task<Reply> Handle(
        HttpContext http, Caller caller, QueryValues query, string operation, AuditNote note)
    {
        using var timeout = new CancellationTokenSource(options.RequestTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, http.RequestAborted);
        try
        {
            return await route.Handle(new ApiRequest(http, caller, query, operation, note, either.Token));
        }
        catch (OperationCanceledException)
            when (timeout.IsCancellationRequested && !http.RequestAborted.IsCancellationRequested)
        {
            return new ApiProblem(ProblemKind.Unavailable, operation.Length == 0
                ? $"There was no answer within {options.RequestTimeout.TotalSeconds:0.#} seconds."
                : $"There was no answer within {options.RequestTimeout.TotalSeconds:0.#} seconds; whether the " +
                    $"command took effect is unknown. Repeat it with {OperationId.Header}: {operation}.");
        }
    }

    /// <summary>
    /// A stream lasts as long as its token: it is cut off when the token ends, is revoked, or its permissions change.
    /// </summary>
    private async Task<Reply> Stream(HttpContext http, Caller caller, QueryValues query, string operation)
    {
        access.Replaced += CutOff;
        using var ends = caller.TimeLeft(time.GetUtcNow()) is not { } left ? null : time.CreateTimer(
            static http => ((HttpContext)http!).Abort(), http, left, Timeout.InfiniteTimeSpan);
        try
        {
            // The tokens may have been replaced between the check and the previous line.
            CutOff();
            return await route.Handle(new ApiRequest(
                http, caller, query, operation, new AuditNote(), http.RequestAborted));
        }
        finally
        {
            access.Replaced -= CutOff;
        }

        void CutOff()
        {
            if (!access.IsStill(http.Request, caller))
                http.Abort();
        }
    }

    private async ValueTask<(Caller? Caller, ApiProblem? Refusal)> Admit(HttpContext http)
    {
        if (route.Role is not { } needed)
            return (Caller.Anonymous,
                (route.IsLimited ? limit.Refusal(Caller.Anonymous) : null) ?? BodyProblem(http.Request));
        Caller? caller;
        try
        {
            caller = await access.CallerOf(http.Request);
        }
        catch (IssuerUnavailableException unavailable)
        {
            return (null, new ApiProblem(ProblemKind.Unavailable, unavailable.Message));
        }
        if (caller is null)
            return (null, new ApiProblem(ProblemKind.Unauthenticated,
                "Send a valid token in the header 'Authorization: Bearer TOKEN'."));
        if (route.IsLimited && limit.Refusal(caller) is { } tooMany)
            return (caller, tooMany);
        if (caller.RoleRefusal(needed) is { } refusal)
            return (caller, ApiProblem.From(refusal));
        return (caller, BodyProblem(http.Request));
    }

    private bool Accepts(HttpRequest request, string answerType) =>
        MediaTypes.Accepts(request.Headers.Accept, answerType)
        || (route.OtherAnswerType is { } other && MediaTypes.Accepts(request.Headers.Accept, other));

    private ApiProblem? BodyProblem(HttpRequest request)
    {
        if (route.Body is null)
            return null;
        if (request.ContentLength > options.BodyBytesMax)
            return new ApiProblem(ProblemKind.TooLarge,
                $"The body has {request.ContentLength} bytes; {options.BodyBytesMax} are allowed.");
        if (request.Headers.ContentEncoding.Count > 0)
            return new ApiProblem(ProblemKind.UnsupportedMediaType,
                "A body with a Content-Encoding is not taken; send it as it is.");
        return (route.TakesManifests ? MediaTypes.ManifestFormatOf(request.ContentType) is not null
            : MediaTypes.IsJson(request.ContentType))
            ? null
            : new ApiProblem(
                ProblemKind.UnsupportedMediaType,
                $"The header Content-Type must be " +
                $"{(route.TakesManifests ? MediaTypes.ManifestsAllowed : "application/json, in UTF-8")}.");
    }

    private static Task Answer(HttpContext http, Reply reply)
    {
        if (reply.Problem is { } problem)
            return ProblemWriter.Write(http, problem);
        if (reply.Body is not { } body)
            return Task.CompletedTask;
        http.Response.ContentType = MediaTypes.Json;
        return JsonBody.Write(http.Response, body);
    }
}
