using System.Text.Json.Serialization;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Reporting;
using Jobtree.Api.Losses;
using Jobtree.Api.Routes;
using Jobtree.Core.Json;
using Jobtree.Core.Model;

namespace Jobtree.Api.Contract;

/// <summary>
/// Strict JSON for small request bodies and single views: no unknown, missing or repeated fields and no deep nesting.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UseStringEnumConverter = true,
    MaxDepth = 16,
    Converters = [typeof(DurationConverter), typeof(RunKeyConverter), typeof(EnvelopeKeyConverter),
        typeof(NodeSlotsConverter)])]
[JsonSerializable(typeof(Completion))]
[JsonSerializable(typeof(HoldRequest))]
[JsonSerializable(typeof(SponsorRequest))]
[JsonSerializable(typeof(ShrinkRequest))]
[JsonSerializable(typeof(NodeStateRequest))]
[JsonSerializable(typeof(WhatIfRequest))]
[JsonSerializable(typeof(TelemetryReport))]
[JsonSerializable(typeof(RunTelemetry))]
[JsonSerializable(typeof(NodeUsage))]
[JsonSerializable(typeof(NodeView))]
[JsonSerializable(typeof(BudgetView))]
[JsonSerializable(typeof(FlavorView))]
[JsonSerializable(typeof(ClusterStatus))]
[JsonSerializable(typeof(StoreLossView))]
internal sealed partial class ContractJson : JsonSerializerContext;
