using Jobtree.Actors.Operations;
using Jobtree.Api.Access;
using Jobtree.Api.Contract;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;

namespace Jobtree.Api.Routes;

/// <summary>Budgets and their use.</summary>
internal sealed class BudgetRoutes(IOperations operations, CallerAccess access)
{
    private const string Tag = "Budgets";

    public IEnumerable<ApiRoute> All() =>
    [
        new("GET", "/v1/budgets", Tag, "List budgets", List) { Answer = "BudgetList" },
        new("GET", "/v1/budgets/usage", Tag, "Use of every envelope by class, now and metered", Usage)
        {
            Query = [new("owner", "Only envelopes of this owner and those below it.")], Answer = "EnvelopeUsageList",
        },
        Read("/v1/budgets/{name}", "Read a budget of the namespace default"),
        Read("/v1/budgets/{namespace}/{name}", "Read a budget"),
        Remove("/v1/budgets/{name}", "Remove a budget of the namespace default"),
        Remove("/v1/budgets/{namespace}/{name}", "Remove a budget"),
    ];

    private ApiRoute Read(string path, string summary) =>
        new("GET", path, Tag, summary, Get) { Answer = "BudgetView" };

    private ApiRoute Remove(string path, string summary) => new("DELETE", path, Tag, summary, Delete)
    {
        Description = "Claims on its envelopes lose their payer's funding at once.",
        Role = Role.Operator,
        Answer = "AppliedList",
    };

    private async Task<Reply> List(ApiRequest request) =>
        Reply.From(
            await operations.ListBudgets(request.Cancellation),
            budgets => Answers.Items(budgets, OperationsJson.Default.IReadOnlyListBudgetView));

    private async Task<Reply> Usage(ApiRequest request)
    {
        var owner = request.Query.Owner("owner");
        return request.Query.Problem is { } problem
            ? problem
            : Reply.From(
                await operations.BudgetsUsage(owner, request.Cancellation),
                usage => Answers.Items(usage, OperationsJson.Default.IReadOnlyListEnvelopeUsage));
    }

    private async Task<Reply> Get(ApiRequest request)
    {
        if (!request.TryBudget(out var key, out var wrong))
            return wrong;
        if (!(await BudgetMap.Find(operations, key, request.Cancellation)).Succeeded(out var found, out var problem))
            return problem;
        return Reply.Json(found, ContractJson.Default.BudgetView);
    }

    private async Task<Reply> Delete(ApiRequest request) =>
        !request.TryBudget(out var key, out var wrong) ? wrong : Reply.From(
            await access.For(request).DeleteBudget(key, request.ScopedOperation, request.Cancellation),
            done => Answers.Applied(request.Operation, [done]));
}
