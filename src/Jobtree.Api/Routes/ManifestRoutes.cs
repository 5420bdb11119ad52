using Jobtree.Actors.Operations;
using Jobtree.Actors.WhatIf;
using Jobtree.Api.Access;
using Jobtree.Api.Problems;
using Jobtree.Api.Requests;
using Jobtree.Manifests;

namespace Jobtree.Api.Routes;

/// <summary>Routes that take manifests: apply, submit a run, and plan a run without submitting it.</summary>
internal sealed class ManifestRoutes(CallerAccess access, ApiOptions options)
{
    private const string Tag = "Manifests";

    private static readonly IReadOnlyList<QueryParameter> ApplyQuery =
    [
        new("again", "Runs that have ended run again, as new attempts. Without it they are left unchanged.", "boolean"),
        new("dryRun", "Change nothing; answer with a WhatIfReport: what would be applied, and its immediate effect.",
            "boolean"),
    ];

    private readonly ManifestReaderOptions json = new() { Format = ManifestFormat.Json, ReadStatus = false,
        BytesMax = options.BodyBytesMax };
    private readonly ManifestReaderOptions yaml = new() { Format = ManifestFormat.Yaml, ReadStatus = false,
        BytesMax = options.BodyBytesMax };

    public IEnumerable<ApiRoute> All() =>
    [
        new("POST", "/v1/manifests", Tag, "Apply nodes, budgets and runs", Apply)
        {
            Description =
                "All documents are checked before the first is applied. Runs need the role submitter, budgets " +
                "operator, nodes operator of all owners.",
            Query = ApplyQuery, Role = Role.Submitter, Body = "Manifests", TakesManifests = true,
            Answer = "AppliedList",
        },
        new("POST", "/v1/runs", "Runs", "Submit a run", Submit)
        {
            Description = "The same as applying one manifest of kind Run.",
            Query = ApplyQuery, Role = Role.Submitter, Body = "Run", TakesManifests = true, Answer = "AppliedList",
        },
        new("POST", "/v1/plan", "Runs", "Plan a run without submitting it", Plan)
        {
            Description = "What admission would do with the run now. Changes nothing.",
            Body = "Run", TakesManifests = true, Answer = "Plan",
        },
    ];

    private async Task<Reply> Apply(ApiRequest request)
    {
        var read = await Read(request);
        return read.IsValid ? await Apply(request, read.Manifests) : Wrong(read);
    }

    private async Task<Reply> Submit(ApiRequest request)
    {
        var read = await Read(request);
        if (!read.IsValid)
            return Wrong(read);
        return read.Manifests is [RunManifest] ? await Apply(request, read.Manifests) : NotOneRun(read.Manifests);
    }

    private async Task<Reply> Plan(ApiRequest request)
    {
        var read = await Read(request);
        if (!read.IsValid)
            return Wrong(read);
        if (read.Manifests is not [RunManifest])
            return NotOneRun(read.Manifests);
        return Reply.From(
            await access.For(request).PlanRun((RunManifest)read.Manifests[0], request.Cancellation),
            OperationsJson.Default.Plan);
    }

    private async Task<Reply> Apply(ApiRequest request, IReadOnlyList<Manifest> manifests)
    {
        var (again, dryRun) = (request.Query.Flag("again"), request.Query.Flag("dryRun"));
        if (request.Query.Problem is { } wrong)
            return wrong;
        request.Note.IsQuestion = dryRun;
        var fleet = access.For(request);
        return dryRun
            ? Reply.From(await fleet.WhatIf(WhatIfQuestion.DryRun(manifests, again), request.Cancellation),
                OperationsJson.Default.WhatIfReport)
            : Reply.From(
                await fleet.Apply(
                    manifests, request.ScopedOperation, request.TraceParent, again, request.Cancellation),
                items => Answers.Applied(request.Operation, items));
    }

    private ValueTask<ManifestReadResult> Read(ApiRequest request) =>
        Body.Read(
            request.Http.Request,
            MediaTypes.ManifestFormatOf(request.Http.Request.ContentType) == ManifestFormat.Json ? json : yaml,
            static (bytes, options) => ManifestReader.Read(bytes, options),
            request.Cancellation);

    private static ApiProblem Wrong(ManifestReadResult read) => new(
        ProblemKind.Invalid,
        read.ErrorsCapped ? "The manifests are not valid, with more errors than are listed; nothing was applied."
            : "The manifests are not valid; nothing was applied.",
        [.. read.Errors.Select(error => error.ToString())]);

    private static ApiProblem NotOneRun(IReadOnlyList<Manifest> manifests) =>
        new(ProblemKind.Invalid,
            $"Expected one document of kind Run; there " +
            $"{(manifests.Count == 1 ? "is one of another kind" : $"are {manifests.Count} documents")}. Nothing was " +
            $"applied.");
}
