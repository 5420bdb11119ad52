using System.Text.Json;
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

/// <summary>Writes numbers with at most four decimals: more would be noise and would differ between machines.</summary>
internal sealed class RoundedNumber : JsonConverter<double>
{
    /// <inheritdoc/>
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDouble();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(Math.Round(value, 4));
}
