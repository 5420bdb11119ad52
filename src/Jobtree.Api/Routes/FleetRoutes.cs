using Jobtree.Actors.Operations;
using Jobtree.Api.Access;
using Jobtree.Api.Auditing;
using Jobtree.Api.Contract;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;
using Jobtree.Core.Model;

namespace Jobtree.Api.Routes;

/// <summary>The fleet and its use: nodes, flavors, leases, reservations and the audit.</summary>
internal sealed class FleetRoutes(IOperations operations, Auditor auditor)
{
    private const string Tag = "Fleet";

    private static readonly IReadOnlyList<QueryParameter> NodeParameters =
    [
        new("flavor", "Only this flavor."),
        QueryParameter.Of<NodeState>("state", "Only this state."),
        new("domain", "Only this fabric domain."),
        ..Paging.Query,
    ];

    private static readonly IReadOnlyList<QueryParameter> LeaseParameters =
    [
        new("run", "Only this run's, written namespace/name."),
        new("flavor", "Only this flavor."),
        new("node", "Only this node's."),
        QueryParameter.Of<FundingClass>("class", "Only this class, as derived now."),
        new("ended", "Ended leases as well, as far as they are kept.", "boolean"),
        new("at", "The leases that were open at this past instant, with their classes then, in RFC 3339."),
        ..Paging.Query,
    ];

    public IEnumerable<ApiRoute> All() =>
    [
        new("GET", "/v1/nodes", Tag, "List nodes", ListNodes) { Query = NodeParameters, Answer = "NodePage" },
        new("GET", "/v1/nodes/{name}", Tag, "Read a node", GetNode) { Answer = "NodeView" },
        new("POST", "/v1/nodes/{name}/state", Tag, "Cordon, drain, fence or ready a node", SetNodeState)
        {
            Description = "Applying a manifest never changes a node's state. Fencing ends the leases on the node: " +
                "spares take over, runs shrink, go back to the queue or fail. Needs a token for all owners.",
                Role = Role.Operator, Body = "NodeStateRequest", Answer = "AppliedList",
        },
        new("DELETE", "/v1/nodes/{name}", Tag, "Remove a node that has no open lease", DeleteNode)
        {
            Description = "Needs a token for all owners.", Role = Role.Operator, Answer = "AppliedList",
        },
        new("GET", "/v1/flavors", Tag, "List flavors with their state and forecast",
            ListFlavors) { Answer = "FlavorList" },
        new("GET", "/v1/flavors/{name}", Tag, "Read a flavor's state and forecast",
            GetFlavor) { Answer = "FlavorView" },
        new("GET", "/v1/leases", Tag, "List leases", ListLeases) { Query = LeaseParameters, Answer = "LeasePage" },
        new("GET", "/v1/reservations", Tag, "List pending reservations in queue order", ListReservations)
        {
            Query = [new("flavor", "Only this flavor.")], Answer = "ReservationList",
        },
        new("GET", "/v1/audit", Tag, "Check the live state against its invariants", Audit)
        {
            Description = "Needs a token for all owners.", Role = Role.Operator, Answer = "AuditReport",
        },
    ];

    private async Task<Reply> ListNodes(ApiRequest request)
    {
        var query = new NodeQuery
        {
            Flavor = request.Query.Text("flavor"),
            State = request.Query.Word<NodeState>("state"),
            Domain = request.Query.Text("domain"),
            Limit = request.Query.Limit(),
            Continue = request.Query.Text("continue"),
        };
        return request.Query.Problem is { } problem
            ? problem
            : Reply.From(await operations.ListNodes(query, request.Cancellation), OperationsJson.Default.PageNodeView);
    }

    private async Task<Reply> GetNode(ApiRequest request)
    {
        if (!request.TryName(out var name, out var wrong))
            return wrong;
        if (!(await operations.ListNodes(new NodeQuery { Name = name, Limit = 1 }, request.Cancellation))
            .Succeeded(out var page, out var problem))
            return problem;
        return page.Items is [var node] ? Reply.Json(node, ContractJson.Default.NodeView) : new ApiProblem(
            ProblemKind.NotFound, $"There is no node {name}.");
    }

    private async Task<Reply> SetNodeState(ApiRequest request)
    {
        if (!request.TryName(out var name, out var wrong))
            return wrong;
        if (!request.Caller.IsForAll)
            return NeedsAll(request.Caller, "A node's state");
        var (body, problem) = await RequestObject.Read(request, ContractJson.Default.NodeStateRequest);
        if (body is null)
            return problem!;
        await Note(request, name);
        var set = await operations.SetNodeState(
            name, body.State, request.Caller.Name, body.Reason, request.ScopedOperation, body.EmptyBy,
            request.Cancellation);
        if (set.Succeeded(out var applied, out _))
            request.Note.Add($"{applied.Outcome}: {body.State}");
        return Reply.From(set, done => Answers.Applied(request.Operation, [done]));
    }

    /// <summary>Tells the audit log which node a command is about, and what it was before.</summary>
    private async Task Note(ApiRequest request, string node)
    {
        request.Note.Target = $"Node {node}";
        if ((await operations.ListNodes(new NodeQuery { Name = node, Limit = 1 }, request.Cancellation))
            .Succeeded(out var page, out _) && page.Items is [var found])
            request.Note.Before = AuditWords.Of(found.Node);
    }

    private async Task<Reply> DeleteNode(ApiRequest request)
    {
        if (!request.TryName(out var name, out var wrong))
            return wrong;
        if (!request.Caller.IsForAll)
            return NeedsAll(request.Caller, "Removing a node");
        await Note(request, name);
        var deleted = await operations.DeleteNode(name, request.ScopedOperation, request.Cancellation);
        if (deleted.Succeeded(out var applied, out _))
            request.Note.Add(applied.Outcome);
        return Reply.From(deleted, done => Answers.Applied(request.Operation, [done]));
    }

    private async Task<Reply> ListFlavors(ApiRequest request) =>
        Reply.From(
            await operations.ListFlavors(request.Cancellation),
            flavors => Answers.Items(flavors, OperationsJson.Default.IReadOnlyListFlavorView));

    private async Task<Reply> GetFlavor(ApiRequest request)
    {
        var name = request.PathValue("name");
        if (!Names.IsFlavor(name))
            return new ApiProblem(ProblemKind.BadRequest,
                "The path does not name a flavor: letters, digits, '.', '_' and '-'.");
        if (!(await operations.ListFlavors(request.Cancellation)).Succeeded(out var flavors, out var problem))
            return problem;
        return flavors.FirstOrDefault(flavor => flavor.Flavor == name) is { } found
            ? Reply.Json(found, ContractJson.Default.FlavorView)
            : new ApiProblem(ProblemKind.NotFound, $"There is no flavor {name}.");
    }

    private async Task<Reply> ListLeases(ApiRequest request)
    {
        var query = new LeaseQuery
        {
            Run = request.Query.Run("run"),
            VisibleOwners = request.Caller.VisibleOwners,
            Flavor = request.Query.Text("flavor"),
            Node = request.Query.Text("node"),
            Class = request.Query.Word<FundingClass>("class"),
            IncludeEnded = request.Query.Flag("ended"),
            At = request.Query.Instant("at"),
            Limit = request.Query.Limit(),
            Continue = request.Query.Text("continue"),
        };
        return request.Query.Problem is { } problem ? problem : Reply.From(
            await operations.ListLeases(query, request.Cancellation), Answers.Page);
    }

    private async Task<Reply> ListReservations(ApiRequest request)
    {
        var result = await operations.ListReservations(request.Query.Text("flavor"), request.Cancellation);
        if (!result.Succeeded(out var reservations, out var problem))
            return problem;
        if (!request.Caller.IsForAll)
        {
            if (!(await ReservedRuns(request)).Succeeded(out var visible, out problem))
                return problem;
            reservations = [.. reservations.Where(view => visible.Contains(view.Reservation.Run))];
        }

        return Reply.Json(Answers.Items(reservations, OperationsJson.Default.IReadOnlyListReservationView));
    }

    // Reservations do not name their owner, so filter them by the runs that the caller may see.
    private async Task<Result<HashSet<RunKey>>> ReservedRuns(ApiRequest request)
    {
        var seen = new HashSet<RunKey>();
        var query = new RunQuery { VisibleOwners = request.Caller.VisibleOwners, Phase = RunPhase.Reserved,
            Limit = RunQuery.LimitMax };
        do
        {
            if (!(await operations.ListRuns(query, request.Cancellation)).Succeeded(out var page, out var problem))
                return problem;
            seen.UnionWith(page.Items.Select(run => run.Key));
            query = query with { Continue = page.Continue };
        }
        while (query.Continue is not null);
        return seen;
    }

    private async Task<Reply> Audit(ApiRequest request) =>
        request.Caller.IsForAll
            ? Reply.From(await auditor.Audit(request.Cancellation), OperationsJson.Default.AuditReport)
            : NeedsAll(request.Caller, "An audit");

    internal static ApiProblem NeedsAll(Caller caller, string what) =>
        new(ProblemKind.Forbidden,
            $"{what} concerns the whole fleet; the token '{caller.Name}' does not act for the owner " +
            $"'{OwnerPaths.Everyone}'.");
}
