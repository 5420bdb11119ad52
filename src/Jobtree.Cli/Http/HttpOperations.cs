using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.WhatIf;
using Jobtree.Cli.Manifests;
using Jobtree.Core.Ledger;
using Jobtree.Core.Ledger.Reading;
using Jobtree.Manifests;
using Jobtree.Manifests.Reading;
using Jobtree.Core.Model;

namespace Jobtree.Cli.Http;

/// <summary>The fleet's operations over the REST API.</summary>
/// <param name="connection">The server.</param>
/// <param name="watch">Watches runs on that server.</param>
internal sealed class HttpOperations(HttpConnection connection, HttpRunWatch watch) : IOperations
{
    private static readonly OperationsJson Views = OperationsJson.Default;

    public Task<Result<IReadOnlyList<Applied>>> Apply(
        IReadOnlyList<Manifest> manifests, FleetCommand operation, string? traceParent = null, bool again = false,
        CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Post, again ? "v1/manifests?again=true" : "v1/manifests", operation.Id,
            Json(ManifestText.WriteJson(manifests)), Items(Views.IReadOnlyListApplied), cancellation, traceParent);

    public Task<Result<RunManifest>> GetRun(RunKey run, CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Get, RunPath(run), null, null, ManifestText.ReadOne<RunManifest>, cancellation);

    public Task<Result<Page<RunManifest>>> ListRuns(RunQuery query, CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Get, $"v1/runs{Query.Of(query).AndPage(query.Limit, query.Continue)}", null, null,
            ReadPage<RunManifest>, cancellation);

    public Task<Result<Page<RunManifest>>> ListHistory(HistoryQuery query, CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Get, $"v1/history{Query.Of(query).AndPage(query.Limit, query.Continue)}", null,
            null, ReadPage<RunManifest>, cancellation);

    public IAsyncEnumerable<RunChange> WatchRuns(
        RunQuery query, long? after = null, CancellationToken cancellation = default) =>
        watch.Changes(query, after, cancellation);

    public Task<Result<RunManifest>> CancelRun(
        RunKey run, FleetCommand operation, CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Post, $"{RunPath(run)}/cancel", operation.Id, null,
            ManifestText.ReadOne<RunManifest>, cancellation);

    public Task<Result<RunManifest>> HoldRun(
        RunKey run, string? reason, FleetCommand operation, CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Post, $"{RunPath(run)}/hold", operation.Id, Body(writer =>
        {
            // The server identifies the caller by the token.
            if (reason is not null)
                writer.WriteString("reason", reason);
        }), ManifestText.ReadOne<RunManifest>, cancellation);

    public Task<Result<RunManifest>> ReleaseRun(
        RunKey run, FleetCommand operation, CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Post, $"{RunPath(run)}/release", operation.Id, null,
            ManifestText.ReadOne<RunManifest>, cancellation);

    public Task<Result<RunManifest>> CompleteRun(RunKey run, bool succeeded, string? message, FleetCommand operation,
        int? attempt = null, CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Post, $"{RunPath(run)}/complete", operation.Id, Body(writer =>
        {
            writer.WriteBoolean("succeeded", succeeded);
            if (message is not null)
                writer.WriteString("message", message);
            if (attempt is { } number)
                writer.WriteNumber("attempt", number);
        }), ManifestText.ReadOne<RunManifest>, cancellation);

    public Task<Result<RunTelemetry>> ReportRun(
        RunKey run, WorkloadReport report, CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Post, $"{RunPath(run)}/telemetry", null, Body(writer =>
        {
            Number(writer, "epoch", report.Epoch);
            Number(writer, "loss", report.Loss);
            Number(writer, "progress", report.Progress);
            if (report.Eta is { } eta)
                writer.WriteString("eta", Timestamp.Format(eta));
            Number(writer, "gpuUtilization", report.GpuUtilization);
            Number(writer, "gpuMemoryBytes", report.GpuMemoryBytes);
            if (report.Attempt is { } attempt)
                writer.WriteNumber("attempt", attempt);
        }), One(Views.RunTelemetry), cancellation);

    public Task<Result<NodeUsage>> ReportNode(
        string node, NodeUsage usage, CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Post, $"v1/nodes/{Uri.EscapeDataString(node)}/telemetry", null, Body(writer =>
        {
            Number(writer, "gpu", usage.Gpu);
            Number(writer, "cpu", usage.Cpu);
            Number(writer, "memory", usage.Memory);
        }), One(Views.NodeUsage), cancellation);

    private static void Number(Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number)
            writer.WriteNumber(name, number);
    }

    public Task<Result<Explanation>> ExplainRun(RunKey run, CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Get, $"{RunPath(run)}/explain", null, null, One(Views.Explanation), cancellation);

    public Task<Result<Plan>> PlanRun(RunManifest run, CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Post, "v1/plan", null, Json(ManifestText.WriteJson(run)), One(Views.Plan),
            cancellation);

    public Task<Result<WhatIfReport>> WhatIf(WhatIfQuestion question, CancellationToken cancellation = default) =>
        question.IsDryRun
            ? connection.Send(HttpMethod.Post, $"v1/manifests?dryRun=true{(question.Again ? "&again=true" : "")}", null,
                Json(ManifestText.WriteJson(question.Manifests)), One(Views.WhatIfReport), cancellation)
            : connection.Send(HttpMethod.Post, "v1/plan/what-if", null, Json(HttpWhatIf.Body(question)),
                One(Views.WhatIfReport), cancellation);

    public Task<Result<RunManifest>> AddSponsor(
        RunKey run, string sponsor, FleetCommand operation, CancellationToken cancellation = default) =>
        connection.Send(
            HttpMethod.Post, $"{RunPath(run)}/sponsors", operation.Id, Body(
                writer => writer.WriteString("sponsor", sponsor)),
            ManifestText.ReadOne<RunManifest>, cancellation);

    public Task<Result<RunManifest>> ShrinkRun(
        RunKey run, int gpus, FleetCommand operation, CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Post, $"{RunPath(run)}/shrink", operation.Id,
            Body(writer => writer.WriteNumber("gpus", gpus)), ManifestText.ReadOne<RunManifest>, cancellation);

    public async Task<Result<Page<NodeView>>> ListNodes(NodeQuery query, CancellationToken cancellation = default)
    {
        if (query.Name is null)
        {
            var path = $"v1/nodes{Query.Of(query).AndPage(query.Limit, query.Continue)}";
            return await connection.Send(HttpMethod.Get, path, null, null, One(Views.PageNodeView), cancellation);
        }
        var one = await connection.Send(
            HttpMethod.Get, $"v1/nodes/{Uri.EscapeDataString(query.Name)}", null, null, One(Views.NodeView),
                cancellation);
        return one.Succeeded(out var node, out var problem) ? new Page<NodeView>([node])
            : problem.Code == ProblemCode.NotFound ? new Page<NodeView>([])
            : problem;
    }

    public Task<Result<Applied>> SetNodeState(string node, NodeState state, string by, string? reason,
        FleetCommand operation, DateTimeOffset? emptyBy = null, CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Post, $"v1/nodes/{Uri.EscapeDataString(node)}/state", operation.Id, Body(writer =>
        {
            writer.WriteString("state", state.ToString()); // The server identifies the caller by the token.
            if (reason is not null)
                writer.WriteString("reason", reason);
            if (emptyBy is { } instant)
                writer.WriteString("emptyBy", instant);
        }), Single, cancellation);

    public Task<Result<Applied>> DeleteNode(
        string node, FleetCommand operation, CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Delete, $"v1/nodes/{Uri.EscapeDataString(node)}", operation.Id, null, Single,
            cancellation);

    public Task<Result<IReadOnlyList<BudgetView>>> ListBudgets(CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Get, "v1/budgets", null, null, Items(Views.IReadOnlyListBudgetView), cancellation);

    public Task<Result<Applied>> DeleteBudget(
        string budget, FleetCommand operation, CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Delete, BudgetPath(budget), operation.Id, null, Single, cancellation);

    public Task<Result<IReadOnlyList<EnvelopeUsage>>> BudgetsUsage(
        string? owner = null, CancellationToken cancellation = default) =>
        connection.Send(
            HttpMethod.Get, $"v1/budgets/usage{new Query().And("owner", owner)}", null, null, Items(
                Views.IReadOnlyListEnvelopeUsage), cancellation);

    public Task<Result<Page<LeaseManifest>>> ListLeases(LeaseQuery query, CancellationToken cancellation = default) =>
        connection.Send(
            HttpMethod.Get, $"v1/leases{Query.Of(query).AndPage(query.Limit, query.Continue)}", null, null,
                ReadPage<LeaseManifest>, cancellation);

    public Task<Result<IReadOnlyList<ReservationView>>> ListReservations(
        string? flavor = null, CancellationToken cancellation = default) =>
        connection.Send(
            HttpMethod.Get, $"v1/reservations{new Query().And("flavor", flavor)}", null, null, Items(
                Views.IReadOnlyListReservationView), cancellation);

    public Task<Result<IReadOnlyList<FlavorView>>> ListFlavors(CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Get, "v1/flavors", null, null, Items(Views.IReadOnlyListFlavorView), cancellation);

    public Task<Result<LedgerPage>> ReadLedger(string flavor, long after = 0, int limit = ILedgers.PageMax,
        CancellationToken cancellation = default) =>
        new HttpLedger(connection).Read(flavor, after, limit, cancellation);

    public Task<Result<RunEvents>> RunEvents(RunKey run, CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Get, $"{RunPath(run)}/events", null, null, One(Views.RunEvents), cancellation);

    public Task<Result<DrawReport>> RepeatDraw(
        string flavor, long sequence, CancellationToken cancellation = default) =>
        connection.Send(
            HttpMethod.Get, string.Create(CultureInfo.InvariantCulture,
                $"v1/ledger/{Uri.EscapeDataString(flavor)}/{sequence}/draw"), null, null, One(Views.DrawReport),
            cancellation);

    public Task<Result<UsageReport>> UsageBetween(UsageQuery query, CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Get, $"v1/usage{Query.Of(query)}", null, null, One(Views.UsageReport),
            cancellation);

    public IAsyncEnumerable<Manifest> Export(CancellationToken cancellation = default) =>
        new HttpExport(connection).Documents(cancellation);

    public Task<Result<AuditReport>> Audit(CancellationToken cancellation = default) =>
        connection.Send(HttpMethod.Get, "v1/audit", null, null, One(Views.AuditReport), cancellation);

    /// <summary>The path of a run, relative to the server's address.</summary>
    public static string RunPath(RunKey run) =>
        $"v1/runs/{Uri.EscapeDataString(run.Namespace)}/{Uri.EscapeDataString(run.Name)}";

    private static string BudgetPath(string key) =>
        $"v1/budgets/{string.Join('/', key.Split('/').Select(Uri.EscapeDataString))}";

    private static Func<JsonElement, Result<T>> One<T>(JsonTypeInfo<T> type) =>
        document => document.Deserialize(type) ?? throw new JsonException("Expected an object.");

    private static Func<JsonElement, Result<IReadOnlyList<T>>> Items<T>(JsonTypeInfo<IReadOnlyList<T>> type) =>
        document => Results.Of(Member(document, "items").Deserialize(type)
            ?? throw new JsonException("Expected a list under 'items'."));

    private static Result<Applied> Single(JsonElement document) =>
        Member(document, "items").Deserialize(Views.IReadOnlyListApplied) is [var applied] ? applied
            : throw new JsonException("Expected one item.");

    private static Result<Page<T>> ReadPage<T>(JsonElement document)
        where T : Manifest =>
        ManifestText.ReadMany<T>(Member(document, "items")).Succeeded(out var items, out var problem)
            ? new Page<T>(
                items,
                document.TryGetProperty("continue", out var next) ? next.GetString() : null,
                document.TryGetProperty("version", out var version) && version.ValueKind == JsonValueKind.Number
                    ? version.GetInt64() : null)
            : problem;

    private static JsonElement Member(JsonElement document, string name) =>
        document.ValueKind == JsonValueKind.Object && document.TryGetProperty(name, out var value)
            ? value
            : throw new JsonException($"Expected a member '{name}'.");

    private static ByteArrayContent Json(byte[] json) =>
        new(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    private static ByteArrayContent Body(Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }
        return Json(buffer.ToArray());
    }
}
