using System.Diagnostics;
using System.Runtime.CompilerServices;
using Jobtree.Actors.Operations;
using Jobtree.Api.Access;
using Jobtree.Api.Auditing;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;
using Jobtree.Api.Watching;

namespace Jobtree.Api.Clients;

/// <summary>
/// The door for clients of the cluster. Their calls pass the checks that requests of the API pass, in the same order:
/// token, rate, role, input, room; and the audit log is told of the same.
/// </summary>
internal sealed class ClientAccess(ApiAccess access, CallerAccess fleets, RequestLimit limit, RequestRoom rooms,
    RunWatch watch, AuditTrail audit, TimeProvider time) : IFleetAccess
{
    private static readonly ApiProblem Broken = new(ProblemKind.Internal, "Something broke.");
    private static readonly Problem NoToken = new(ProblemCode.Unauthenticated,
        "Give the client a valid token, in JobtreeClientOptions.Token.");
    private static readonly Problem Full = new(ProblemCode.LimitReached,
        "There are as many unanswered requests as may be, in all or of this token; nothing was done. Send it again "
        + "later.");
    private static readonly Problem Ended = new(ProblemCode.Unauthenticated,
        "The stream was cut off: its token ended, was removed, or has other rights now.");

    public IOperations For(string? token, string? address = null) => new ClientOperations(this, token, address);

    /// <summary>Answers a call.</summary>
    /// <param name="token">The caller's token.</param>
    /// <param name="call">The call.</param>
    /// <param name="answer">Answers it, after the checks.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<Result<T>> Answer<T>(string? token, ClientCall call,
        Func<CallerOperations, FleetCommand, Task<Result<T>>> answer, CancellationToken cancellation)
    {
        var (caller, refusal) = await Admit(token, call, cancellation);
        if (refusal is not null)
        {
            await audit.Refused(call.Source, caller, ApiProblem.From(refusal));
            return refusal;
        }
        using var room = rooms.Take(caller!);
        if (room is null)
            return Full;
        var (id, note) = (call.Command?.Id ?? "", new AuditNote());
        try
        {
            var result = await answer(fleets.For(caller!, note), caller!.Command(id, call.Command?.By));
            var problem = result.Problem is { } told ? ApiProblem.From(told) : null;
            if (call.Command is not null)
                await audit.Record(call.Source, caller, id, note, problem);
            else if (problem is not null)
                await audit.Refused(call.Source, caller, problem);
            return result;
        }
        catch (Exception failure) when (call.Command is not null && failure is not OutOfMemoryException)
        {
            await audit.Record(call.Source, caller!, id, note, Broken);
            throw;
        }
    }

    /// <summary>Streams to a caller as long as its token lasts.</summary>
    /// <param name="token">The caller's token.</param>
    /// <param name="call">The call.</param>
    /// <param name="stream">The stream, after the checks.</param>
    /// <param name="cancellation">Ends the stream.</param>
    /// <exception cref="StreamRefusedException">It was refused, or cut off.</exception>
    public async IAsyncEnumerable<T> Stream<T>(string? token, ClientCall call,
        Func<CallerOperations, CancellationToken, IAsyncEnumerable<T>> stream,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (caller, refusal) = await Admit(token, call, cancellation);
        if (refusal is not null)
        {
            await audit.Refused(call.Source, caller, ApiProblem.From(refusal));
            throw new StreamRefusedException(refusal);
        }
        Debug.Assert(caller is not null, "An admitted call has a caller.");
        using var place = watch.Enter(caller);
        if (place is null)
            throw new StreamRefusedException(new Problem(ProblemCode.LimitReached, watch.Refusal));
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var timer = caller.TimeLeft(time.GetUtcNow()) is not { } left ? null : time.CreateTimer(
            static ends => ((CancellationTokenSource)ends!).Cancel(), ends, left, Timeout.InfiniteTimeSpan);
        access.Replaced += CutOff;
        try
        {
            // The tokens may have been replaced between the check and the previous line.
            CutOff();
            await using var items = stream(fleets.For(caller, new AuditNote()), ends.Token)
                .GetAsyncEnumerator(ends.Token);
            while (await Next(items))
                yield return items.Current;
        }
        finally
        {
            access.Replaced -= CutOff;
        }

        void CutOff()
        {
            if (!access.IsStill(token, caller))
                ends.Cancel();
        }

        async ValueTask<bool> Next(IAsyncEnumerator<T> items)
        {
            try
            {
                return await items.MoveNextAsync();
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw new StreamRefusedException(Ended);
            }
            catch (StreamRefusedException refused)
            {
                await audit.Refused(call.Source, caller, ApiProblem.From(refused.Problem));
                throw;
            }
        }
    }

    private async ValueTask<(Caller? Caller, Problem? Refusal)> Admit(
        string? token, ClientCall call, CancellationToken cancellation)
    {
        Caller? caller;
        try
        {
            caller = await access.CallerOf(token ?? "", cancellation);
        }
        catch (IssuerUnavailableException unavailable)
        {
            return (null, new Problem(ProblemCode.Unavailable, unavailable.Message));
        }
        if (caller is null)
            return (null, NoToken);
        if (limit.Refusal(caller) is { } tooMany)
            return (caller, new Problem(ProblemCode.LimitReached, tooMany.Detail));
        return (caller, caller.RoleRefusal(call.Needed) ?? call.Wrong);
    }
}

/// <summary>A call of a client of the cluster.</summary>
/// <param name="Method">The method.</param>
/// <param name="Needed">The role that it needs.</param>
/// <param name="Wrong">What is wrong with its arguments; null: nothing.</param>
/// <param name="Command">The command, if it may change something that the audit log tells of.</param>
/// <param name="Address">Where the client is; absent: not known.</param>
internal readonly record struct ClientCall(
    string Method, Role Needed, Problem? Wrong = null, FleetCommand? Command = null, string? Address = null)
{
    /// <summary>The call, for the audit log.</summary>
    public AuditSource Source => AuditSource.OfClient(Method, Address);
}
