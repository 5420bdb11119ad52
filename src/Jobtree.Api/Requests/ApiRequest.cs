using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Jobtree.Actors.Operations;
using Jobtree.Api.Access;
using Jobtree.Api.Auditing;
using Jobtree.Api.Problems;
using Jobtree.Core.Model;
using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Requests;

/// <summary>A request that passed the shared checks.</summary>
/// <param name="http">The HTTP request.</param>
/// <param name="caller">Its sender.</param>
/// <param name="query">Its query parameters, by name.</param>
/// <param name="operation">The id of the command; empty for requests that change nothing.</param>
/// <param name="note">What the audit log is told of it.</param>
/// <param name="cancellation">Canceled when the client disconnects or the timeout expires.</param>
internal sealed class ApiRequest(HttpContext http, Caller caller, QueryValues query, string operation, AuditNote note,
    CancellationToken cancellation)
{
    public HttpContext Http => http;

    public Caller Caller => caller;

    public QueryValues Query => query;

    public string Operation => operation;

    public AuditNote Note => note;

    /// <summary>The command as sent to the fleet.</summary>
    public FleetCommand ScopedOperation { get; } = caller.Command(operation);

    public CancellationToken Cancellation => cancellation;

    /// <summary>
    /// The trace of the request: the server's own span if the server records it, otherwise the caller's, otherwise the
    /// server's in any case, so that what it records of the trace later is found; null: none.
    /// </summary>
    public string? TraceParent
    {
        get
        {
            var span = Activity.Current is { IdFormat: ActivityIdFormat.W3C } current ? current : null;
            if (span is { Recorded: true })
                return span.Id;
            var header = http.Request.Headers.TraceParent is [{ } text] ? Actors.Operations.TraceParent.Read(text)
                : null;
            return header ?? span?.Id;
        }
    }

    public string PathValue(string name) => (string)http.Request.RouteValues[name]!;

    /// <summary>The run that the path names.</summary>
    public bool TryRun(out RunKey run, [NotNullWhen(false)] out ApiProblem? problem)
    {
        run = new RunKey(PathValue("namespace"), PathValue("name"));
        problem = Names.IsLabel(run.Namespace) && Names.IsName(run.Name)
            ? null
            : new ApiProblem(ProblemKind.BadRequest,
                $"The path does not name a run: namespace and name are {Names.Allowed}.");
        return problem is null;
    }

    /// <summary>The key of the budget that the path names, with or without its namespace.</summary>
    public bool TryBudget([NotNullWhen(true)] out string? key, [NotNullWhen(false)] out ApiProblem? problem)
    {
        var (home, name) = (http.Request.RouteValues.GetValueOrDefault("namespace") as string, PathValue("name"));
        problem = (home is null || Names.IsLabel(home)) && Names.IsName(name) ? null : new ApiProblem(
            ProblemKind.BadRequest, $"The path does not name a budget: namespace and name are {Names.Allowed}.");
        key = problem is not null ? null : home is null or RunKey.DefaultNamespace ? name : $"{home}/{name}";
        return problem is null;
    }

    /// <summary>The node that the path names.</summary>
    public bool TryName([NotNullWhen(true)] out string? name, [NotNullWhen(false)] out ApiProblem? problem)
    {
        var text = PathValue("name");
        problem = Names.IsName(text) ? null : new ApiProblem(
            ProblemKind.BadRequest, $"The path does not hold a name: {Names.Allowed}.");
        name = problem is null ? text : null;
        return problem is null;
    }
}
