using System.Text.Json;
using System.Text.Json.Serialization;
using Jobtree.Actors.Operations;

namespace Jobtree.Grains.Wire;

/// <summary>Results on the wire: <c>{"Value":...}</c> or <c>{"Problem":...}</c>.</summary>
internal sealed class ResultConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(Result<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(
            typeof(Converter<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class Converter<T> : JsonConverter<Result<T>>
    {
        public override Result<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var content = JsonSerializer.Deserialize<Content<T>>(ref reader, options) ?? throw new JsonException(
                "A result is null.");
            if (content.Problem is { } problem)
                return problem;
            return Results.Of(content.Value!);
        }

        public override void Write(Utf8JsonWriter writer, Result<T> value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, new Content<T>(value.Value, value.Problem), options);
    }

    private sealed record Content<T>(T? Value, Problem? Problem);
}
