using System.Text;
using Jobtree.Actors.Operations;
using Jobtree.Actors.WhatIf;
using Jobtree.Api.Access;
using Jobtree.Api.Contract;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Api.Routes;

/// <summary>The route for what-if questions. It changes nothing, so a viewer may ask about what it could see.</summary>
internal sealed class WhatIfRoutes(IOperations operations, ManifestAccess access, ApiOptions options)
{
    private readonly ManifestReaderOptions reading = new()
    {
        Format = ManifestFormat.Json, ReadStatus = false, BytesMax = options.BodyBytesMax,
        Source = "manifests",
    };

    public IEnumerable<ApiRoute> All() =>
    [
        new("POST", "/v1/plan/what-if", "Runs", "Ask what changes would do", Ask)
        {
            Description = "Makes the changes on a copy of the fleet and compares its future with and without them. "
                + "Changes nothing, so it needs no role beyond viewer: but runs must be of the caller's owners, and "
                + "only what becomes of such runs is shown.",
            Body = "WhatIfRequest", Answer = "WhatIfReport",
        },
    ];

    private async Task<Reply> Ask(ApiRequest request)
    {
        var (body, problem) = await RequestObject.Read(request, ContractJson.Default.WhatIfRequest);
        if (body is null)
            return problem!;
        if (!TryManifests(body, out var manifests, out problem))
            return problem!;
        if (NamesWrong(body) is { } wrong)
            return wrong;
        if (await Hidden(request, body) is { } hidden)
            return hidden;
        if (!(await Permit(request, manifests)).Succeeded(out var permitted, out var forbidden))
            return forbidden;
        var question = new WhatIfQuestion
        {
            Manifests = permitted,
            Again = body.Again ?? false,
            Nodes = body.Nodes ?? [],
            WithoutBudgets = body.WithoutBudgets ?? [],
            WithoutRuns = body.WithoutRuns ?? [],
            Horizon = body.Horizon ?? WhatIfQuestion.HorizonDefault,
            VisibleOwners = request.Caller.VisibleOwners,
        };
        return Reply.From(
            await operations.WhatIf(question, request.Cancellation), OperationsJson.Default.WhatIfReport);
    }

    private bool TryManifests(WhatIfRequest body, out IReadOnlyList<Manifest> manifests, out ApiProblem? problem)
    {
        (manifests, problem) = ([], null);
        if (body.Manifests is not { } given)
            return true;
        var read = ManifestReader.Read(Encoding.UTF8.GetBytes(given.GetRawText()), reading);
        if (!read.IsValid)
            problem = new ApiProblem(ProblemKind.Invalid, "The manifests are not valid; nothing was done.",
                [.. read.Errors.Select(error => error.ToString())]);
        manifests = read.Manifests;
        return read.IsValid;
    }

    private static ApiProblem? NamesWrong(WhatIfRequest body)
    {
        var errors = (body.Nodes ?? []).Where(node => !Names.IsName(node.Node))
            .Select(_ => $"nodes: not the name of a node; {Names.Allowed}")
            .Concat((body.WithoutBudgets ?? []).Where(key => !IsBudget(key))
                .Select(_ => $"withoutBudgets: not a budget, written namespace/name; {Names.Allowed}"))
            .Concat((body.WithoutRuns ?? []).Where(run => !Names.IsLabel(run.Namespace) || !Names.IsName(run.Name))
                .Select(_ => $"withoutRuns: not a run, written namespace/name; {Names.Allowed}"))
            .Distinct().ToArray();
        return errors.Length == 0 ? null
            : new ApiProblem(ProblemKind.Invalid, "The question is not valid; nothing was done.", errors);
    }

    private static bool IsBudget(string key) =>
        key.IndexOf('/', StringComparison.Ordinal) is var slash && slash < 0 ? Names.IsName(key)
            : Names.IsLabel(key[..slash]) && Names.IsName(key[(slash + 1)..]);

    /// <summary>
    /// The manifests, with the owners of their runs. Nodes and budgets are no secret, so any caller may ask about them.
    /// </summary>
    private async ValueTask<Result<IReadOnlyList<Manifest>>> Permit(
        ApiRequest request, IReadOnlyList<Manifest> manifests)
    {
        var runs = manifests.Where(manifest => manifest is not (NodeManifest or BudgetManifest)).ToArray();
        if (!(await access.Permit(request.Caller, runs, request.Cancellation)).Succeeded(out var permitted, out var no))
            return no;
        var next = 0;
        return Results.Of<IReadOnlyList<Manifest>>(
            [.. manifests.Select(manifest => manifest is NodeManifest or BudgetManifest ? manifest
                : permitted[next++])]);
    }

    private async ValueTask<Problem?> Hidden(ApiRequest request, WhatIfRequest body)
    {
        foreach (var run in (body.WithoutRuns ?? []).Take(WhatIfQuestion.ChangesMax))
        {
            if (await access.Visible(request.Caller, run, request.Cancellation) is { } hidden)
                return hidden;
        }
        return null;
    }
}
