using System.Text.Json.Serialization;
using Jobtree.Actors.Reporting;
using Jobtree.Actors.WhatIf;
using Jobtree.Core.Json;
using Jobtree.Core.Ledger;
using Jobtree.Core.Ledger.Reading;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>
/// The JSON of the views, the same in the API, the CLI and its files. Runs, nodes, budgets, leases and reservations are
/// serialized as manifests.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    Converters = [typeof(DurationConverter), typeof(RunKeyConverter), typeof(EnvelopeKeyConverter),
        typeof(NodeSlotsConverter)])]
[JsonSerializable(typeof(IReadOnlyList<Applied>))]
[JsonSerializable(typeof(Explanation))]
[JsonSerializable(typeof(Plan))]
[JsonSerializable(typeof(Page<NodeView>))]
[JsonSerializable(typeof(IReadOnlyList<BudgetView>))]
[JsonSerializable(typeof(IReadOnlyList<EnvelopeUsage>))]
[JsonSerializable(typeof(IReadOnlyList<ReservationView>))]
[JsonSerializable(typeof(IReadOnlyList<FlavorView>))]
[JsonSerializable(typeof(RunTelemetry))]
[JsonSerializable(typeof(NodeUsage))]
[JsonSerializable(typeof(AuditReport))]
[JsonSerializable(typeof(RunEvents))]
[JsonSerializable(typeof(DrawReport))]
[JsonSerializable(typeof(UsageReport))]
[JsonSerializable(typeof(WhatIfReport))]
public sealed partial class OperationsJson : JsonSerializerContext;
