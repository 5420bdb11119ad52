using System.Text.Json.Nodes;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.WhatIf;
using Jobtree.Api.Losses;
using Jobtree.Api.Problems;
using Jobtree.Api.Routes;
using Jobtree.Core.Ledger;
using Jobtree.Core.Ledger.Reading;
using Jobtree.Core.Model;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Jobtree.Api.Contract;

/// <summary>
/// The schemas of bodies. Schemas of records are generated from the records; those of manifests and their envelopes are
/// composed here.
/// </summary>
internal static class Schemas
{
    private static readonly Dictionary<Type, (string Pattern, string Example)> Texts = new()
    {
        [typeof(TimeSpan)] = ("^([0-9.]+(w|d|h|m|s|ms|us))+$|^0s$", "1h30m"),
        [typeof(RunKey)] = ("^[^/]+/[^/]+$", "default/train-128"),
        [typeof(EnvelopeKey)] = ("^[^/]+/[^/]+$", "ai/h100"),
        [typeof(NodeSlots)] = ("^[^#]+#[0-9,-]+$", "node-1#0-7"),
    };

    private static readonly Dictionary<string, Type> Records = new()
    {
        ["Applied"] = typeof(Applied),
        ["Explanation"] = typeof(Explanation),
        ["Plan"] = typeof(Plan),
        ["WhatIfRequest"] = typeof(WhatIfRequest),
        ["WhatIfReport"] = typeof(WhatIfReport),
        ["NodeView"] = typeof(NodeView),
        ["BudgetView"] = typeof(BudgetView),
        ["EnvelopeUsage"] = typeof(EnvelopeUsage),
        ["ReservationView"] = typeof(ReservationView),
        ["FlavorView"] = typeof(FlavorView),
        ["AuditReport"] = typeof(AuditReport),
        ["ClusterStatus"] = typeof(ClusterStatus),
        ["StoreLoss"] = typeof(StoreLossView),
        ["RunEvents"] = typeof(RunEvents),
        ["DrawReport"] = typeof(DrawReport),
        ["UsageReport"] = typeof(UsageReport),
        ["Completion"] = typeof(Completion),
        ["HoldRequest"] = typeof(HoldRequest),
        ["SponsorRequest"] = typeof(SponsorRequest),
        ["ShrinkRequest"] = typeof(ShrinkRequest),
        ["NodeStateRequest"] = typeof(NodeStateRequest),
        ["TelemetryReport"] = typeof(TelemetryReport),
        ["RunTelemetry"] = typeof(RunTelemetry),
        ["NodeUsage"] = typeof(NodeUsage),
        ["RunSpec"] = typeof(RunSpec),
        ["RunStatus"] = typeof(RunStatus),
    };

    /// <summary>
    /// Describes values that a converter writes as text, and marks the properties that are always present.
    /// </summary>
    public static Task Describe(
        OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellation)
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        if (Texts.TryGetValue(type, out var text))
        {
            schema.Type = JsonSchemaType.String;
            schema.Format = null;
            schema.Pattern = text.Pattern;
            schema.Examples = [text.Example];
        }

        // Nullable properties are omitted from responses when null, so they are not required.
        foreach (var property in context.JsonTypeInfo.Properties.Where(property => property.IsGetNullable))
            schema.Required?.Remove(property.Name);

        return Task.CompletedTask;
    }

    /// <summary>Adds every schema that a route names.</summary>
    public static async Task Add(
        OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellation)
    {
        foreach (var (name, type) in Records)
            document.AddComponent(name, await context.GetOrCreateSchemaAsync(type, null, cancellation));

        document.AddComponent("Run", Manifest("Run", Ref("RunSpec", document), Ref("RunStatus", document)));
        document.AddComponent("Node",
            Manifest("Node", Spec("flavor, gpus and state; its labels stand under metadata.labels.")));
        document.AddComponent("Budget",
            Manifest("Budget", Spec("owner, parents, envelopes, aggregateCaps, grants and autoRenew.")));
        document.AddComponent("Lease", Manifest("Lease", Spec("run, group, slots, role, payer, start and reason."),
            Spec("class, and end once it has ended.")));
        document.AddComponent("Manifests", new OpenApiSchema
        {
            Description = "One document, an array of them, or, in YAML, several parted by ---.",
            AnyOf = [AnyManifest(document),
                new OpenApiSchema { Type = JsonSchemaType.Array, Items = AnyManifest(document) }],
        });
        document.AddComponent("AppliedList", Object(("operation", Text()), ("items", List("Applied", document))));
        document.AddComponent("RunPage",
            Page("Run", document, ("version",
            new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "The version to watch after." })));
        document.AddComponent("LeasePage", Page("Lease", document));
        document.AddComponent("NodePage", Page("NodeView", document));
        document.AddComponent("BudgetList", Object(("items", List("BudgetView", document))));
        document.AddComponent("EnvelopeUsageList", Object(("items", List("EnvelopeUsage", document))));
        document.AddComponent("ReservationList", Object(("items", List("ReservationView", document))));
        document.AddComponent("FlavorList", Object(("items", List("FlavorView", document))));
        document.AddComponent("LogList",
            Object(("items", new OpenApiSchema { Type = JsonSchemaType.Array, Items = Text() })));
        document.AddComponent("WhoAmI", Object(("name", Text()), ("by", Text()), ("role", Text()),
            ("owners", new OpenApiSchema { Type = JsonSchemaType.Array, Items = Text() }), ("expires", Text())));
        document.AddComponent("Login", Object(("issuer", Text()), ("audience", Text()), ("clientId", Text()),
            ("scopes", Text())));
        document.AddComponent("SettledFlavors",
            Object(("flavors", new OpenApiSchema { Type = JsonSchemaType.Array, Items = Text() })));
        document.AddComponent("Status", Object(("status", Text())));
        document.AddComponent("Text", Text());
        document.AddComponent("Problem", Problem());
    }

    private static OpenApiSchema Problem() => Object(
        ("type", Text()),
        ("title", Text()),
        ("status", new OpenApiSchema { Type = JsonSchemaType.Integer }),
        ("detail", Text()),
        ("code", new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Description = "Stable: programs decide by it.",
            Enum = [.. ProblemKind.All.Select(kind => (JsonNode)kind.Code)],
        }),
        ("errors", new OpenApiSchema { Type = JsonSchemaType.Array, Items = Text(),
            Description = "The single findings, such as one for each field." }));

    private static OpenApiSchema Manifest(string kind, IOpenApiSchema spec, IOpenApiSchema? status = null)
    {
        var schema = Object(
            ("apiVersion", new OpenApiSchema { Type = JsonSchemaType.String, Examples = ["jobtree.dev/v1"] }),
            ("kind", new OpenApiSchema { Type = JsonSchemaType.String, Enum = [kind] }),
            ("metadata", Object(
                ("name", Text()),
                ("namespace", Text()),
                ("labels", new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = Text() }))),
            ("spec", spec));
        if (status is not null)
            schema.Properties!.Add("status", status);
        schema.Required = new HashSet<string> { "apiVersion", "kind", "metadata", "spec" };
        return schema;
    }

    private static OpenApiSchema AnyManifest(OpenApiDocument document) =>
        new() { AnyOf = [Ref("Run", document), Ref("Budget", document), Ref("Node", document)] };

    private static OpenApiSchema Page(
        string item, OpenApiDocument document, params (string Name, IOpenApiSchema Schema)[] more) =>
        Object([
            ("items", List(item, document)),
            ("continue", new OpenApiSchema { Type = JsonSchemaType.String,
                Description = "Where the next page begins; absent: this was the last." }),
            .. more,
        ]);

    private static OpenApiSchema List(string item, OpenApiDocument document) =>
        new() { Type = JsonSchemaType.Array, Items = Ref(item, document) };

    private static OpenApiSchema Object(params (string Name, IOpenApiSchema Schema)[] properties) =>
        new() { Type = JsonSchemaType.Object, Properties = properties.ToDictionary(
            property => property.Name, property => property.Schema) };

    private static OpenApiSchema Spec(string holds) =>
        new() { Type = JsonSchemaType.Object, Description = $"Holds {holds}" };

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };

    private static OpenApiSchemaReference Ref(string name, OpenApiDocument document) => new(name, document);
}
