using Jobtree.Actors.Operations;
using Jobtree.Api.Access;
using Jobtree.Api.Contract;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;
using Jobtree.Core.Model;

namespace Jobtree.Api.Routes;

/// <summary>The fleet and its use: nodes, flavors, leases, reservations and the audit.</summary>
internal sealed class FleetRoutes(IOperations operations, CallerAccess access)
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
        var (body, problem) = await RequestObject.Read(request, ContractJson.Default.NodeStateRequest);
        return body is null ? problem! : Reply.From(
            await access.For(request).SetNodeState(name, body.State, request.Caller.Name, body.Reason,
                request.ScopedOperation, body.EmptyBy, request.Cancellation),
            done => Answers.Applied(request.Operation, [done]));
    }

    private async Task<Reply> DeleteNode(ApiRequest request) =>
        !request.TryName(out var name, out var wrong) ? wrong : Reply.From(
            await access.For(request).DeleteNode(name, request.ScopedOperation, request.Cancellation),
            done => Answers.Applied(request.Operation, [done]));

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
            Flavor = request.Query.Text("flavor"),
            Node = request.Query.Text("node"),
            Class = request.Query.Word<FundingClass>("class"),
            IncludeEnded = request.Query.Flag("ended"),
            At = request.Query.Instant("at"),
            Limit = request.Query.Limit(),
            Continue = request.Query.Text("continue"),
        };
        return request.Query.Problem is { } problem ? problem : Reply.From(
            await access.For(request).ListLeases(query, request.Cancellation), Answers.Page);
    }

    private async Task<Reply> ListReservations(ApiRequest request) => Reply.From(
        await access.For(request).ListReservations(request.Query.Text("flavor"), request.Cancellation),
        reservations => Answers.Items(reservations, OperationsJson.Default.IReadOnlyListReservationView));

    private async Task<Reply> Audit(ApiRequest request) => Reply.From(
        await access.For(request).Audit(request.Cancellation), OperationsJson.Default.AuditReport);
}
