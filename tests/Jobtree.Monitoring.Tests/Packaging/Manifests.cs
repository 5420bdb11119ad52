using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Jobtree.Monitoring.Tests.Packaging;

/// <summary>The objects of rendered manifests: those of Kubernetes with their types, others as plain data.</summary>
internal sealed class Manifests
{
    private readonly List<IKubernetesObject<V1ObjectMeta>> known = [];
    private readonly List<JsonObject> others = [];

    private Manifests()
    {
    }

    /// <summary>Objects of kinds that extensions define.</summary>
    public IReadOnlyList<JsonObject> Others => others;

    /// <summary>All kinds, in order of the alphabet.</summary>
    public IEnumerable<string> Kinds => known.Select(one => one.Kind)
        .Concat(others.Select(one => (string)one["kind"]!)).Order(StringComparer.Ordinal);

    /// <summary>Reads manifests; a field that its kind does not have, or that is there twice, fails.</summary>
    public static Manifests Read(string text)
    {
        var manifests = new Manifests();
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        foreach (var document in stream.Documents)
        {
            var writer = new StringWriter();
            new YamlStream(document).Save(writer, assignAnchors: false);
            var root = (YamlMappingNode)document.RootNode;
            if (((string?)root["apiVersion"])!.Split('/')[0] is "monitoring.coreos.com" or "cert-manager.io")
                manifests.others.Add((JsonObject)Data(root)!);
            else
                manifests.known.Add((IKubernetesObject<V1ObjectMeta>)KubernetesYaml.LoadAllFromString(
                    writer.ToString(), strict: true).Single());
        }

        return manifests;
    }

    /// <summary>The only object of a type, or the one of this name.</summary>
    public T One<T>(string? name = null)
        where T : IKubernetesObject<V1ObjectMeta> => Assert.Single(All<T>(), one => name is null || one.Name() == name);

    public IEnumerable<T> All<T>() => known.OfType<T>();

    /// <summary>The only object of a kind that an extension defines.</summary>
    public JsonObject Other(string kind) => Assert.Single(others, one => (string?)one["kind"] == kind);

    /// <summary>Checks required fields, enumerations and patterns by the JSON schemas of Kubernetes.</summary>
    public async Task AssertSchemasHold()
    {
        var objects = $"[{string.Join(',', known.Select(one => KubernetesJson.Serialize(one)))}]";
        Assert.Equal("", (await Tools.Script("manifests.cjs", objects)).Succeeded());
    }

    /// <summary>YAML as JSON, with the types that plain scalars have.</summary>
    public static JsonNode? Data(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(
            pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, Data(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Data)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: { } text } => Plain(text),
        YamlScalarNode { Value: var text } => JsonValue.Create(text),
        _ => throw new NotSupportedException($"A {node.NodeType} at {node.Start}."),
    };

    /// <summary>Data as text that is equal if the data is, in whatever order the fields were written.</summary>
    public static string Canonical(JsonNode data) => Sorted(data)!.ToJsonString();

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => KeyValuePair.Create(pair.Key, Sorted(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    private static JsonNode? Plain(string text) => text switch
    {
        "" or "null" or "~" => null,
        "true" or "false" => JsonValue.Create(text == "true"),
        _ when text.All(char.IsAsciiDigit) => JsonNode.Parse(text.TrimStart('0').PadLeft(1, '0')),
        _ => JsonValue.Create(text),
    };
}
