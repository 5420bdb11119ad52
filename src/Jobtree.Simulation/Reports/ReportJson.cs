using System.Text.Json.Serialization;

namespace Jobtree.Simulation.Reports;

/// <summary>The JSON of <see cref="ReplayReport"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    Converters = [typeof(RoundedNumber)])]
[JsonSerializable(typeof(ReplayReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
