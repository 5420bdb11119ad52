using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Jobtree.Core.Json;
using Jobtree.Manifests;

namespace Jobtree.Grains.Wire;

/// <summary>
/// The JSON of messages between silos and clients. Reading is lenient, so that versions that run side by side during an
/// upgrade understand each other: unknown members are skipped, and missing ones get their defaults. Members may
/// therefore be added, but must not change their meaning.
/// </summary>
internal static class WireJson
{
    private static readonly Type[] ManifestKinds = [typeof(NodeManifest), typeof(BudgetManifest), typeof(RunManifest),
        typeof(ReservationManifest), typeof(LeaseManifest), typeof(FlavorManifest)];

    public static JsonSerializerOptions Options { get; } = Make();

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions
        {
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            IgnoreReadOnlyProperties = true,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { TellManifestsApart,
                CarryWhatIsNotStored } },
            Converters =
            {
                new DurationConverter(), new RunKeyConverter(), new EnvelopeKeyConverter(), new NodeSlotsConverter(),
                    new ResultConverterFactory(), new JsonStringEnumConverter(),
            },
        };
        options.MakeReadOnly();
        return options;
    }

    private static void TellManifestsApart(JsonTypeInfo info)
    {
        if (info.Type != typeof(Manifest))
            return;
        info.PolymorphismOptions = new JsonPolymorphismOptions
        {
            UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization,
        };
        foreach (var kind in ManifestKinds)
            info.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(kind, kind.Name));
    }

    /// <summary>
    /// Adds members that journals and the API leave out but messages must carry, such as the leases of a fact.
    /// </summary>
    private static void CarryWhatIsNotStored(JsonTypeInfo info)
    {
        if (info.Kind != JsonTypeInfoKind.Object || !WireTypes.IsOurs(info.Type))
            return;
        foreach (var member in info.Type.GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (member is not { CanRead: true, CanWrite: true }
                || member.GetCustomAttribute<JsonIgnoreAttribute>() is not { Condition: JsonIgnoreCondition.Always })
                continue;
            if (info.Properties.FirstOrDefault(property => property.Name == member.Name) is { } ignored)
                info.Properties.Remove(ignored);
            var property = info.CreateJsonPropertyInfo(member.PropertyType, member.Name);
            property.Get = member.GetValue;
            property.Set = member.SetValue;
            property.ShouldSerialize = static (_, value) => value is not null;
            info.Properties.Add(property);
        }
    }
}
