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
internal sealed class WhatIfRoutes(CallerAccess access, ApiOptions options)
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
        var question = new WhatIfQuestion
        {
            Manifests = manifests,
            Again = body.Again ?? false,
            Nodes = body.Nodes ?? [],
            WithoutBudgets = body.WithoutBudgets ?? [],
            WithoutRuns = body.WithoutRuns ?? [],
            Horizon = body.Horizon ?? WhatIfQuestion.HorizonDefault,
        };
        return NamesWrong(question) is { } wrong ? wrong : Reply.From(
            await access.For(request).WhatIf(question, request.Cancellation), OperationsJson.Default.WhatIfReport);
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

    /// <summary>What is wrong with the names in a question; null: nothing.</summary>
    internal static Problem? NamesWrong(WhatIfQuestion question)
    {
        var errors = question.Nodes.Where(node => !Names.IsName(node.Node))
            .Select(_ => $"nodes: not the name of a node; {Names.Allowed}")
            .Concat(question.WithoutBudgets.Where(key => !Names.IsBudget(key))
                .Select(_ => $"withoutBudgets: not a budget, written namespace/name; {Names.Allowed}"))
            .Concat(question.WithoutRuns.Where(run => !Names.IsLabel(run.Namespace) || !Names.IsName(run.Name))
                .Select(_ => $"withoutRuns: not a run, written namespace/name; {Names.Allowed}"))
            .Distinct().ToArray();
        return errors.Length == 0 ? null
            : new Problem(ProblemCode.Invalid, "The question is not valid; nothing was done.", errors);
    }
}
