using YamlDotNet.Serialization;

namespace Jobtree.Monitoring.Tests;

/// <summary>A configuration file as maps, lists and texts.</summary>
internal static class Yaml
{
    private static readonly IDeserializer Reader =
        new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build();

    /// <summary>Reads a file of the repository; aliases and merges are resolved.</summary>
    public static IDictionary<object, object> Read(string path) => Parse(Sources.Repository().Read(path));

    public static IDictionary<object, object> Parse(string text) => (IDictionary<object, object>)Reader.Deserialize(
        new YamlDotNet.Core.MergingParser(new YamlDotNet.Core.Parser(new StringReader(text))))!;

    /// <summary>What is at a path of keys.</summary>
    /// <exception cref="KeyNotFoundException">A key is missing; the message names it.</exception>
    public static object At(this object tree, params IEnumerable<string> keys)
    {
        foreach (var key in keys)
            tree = tree is IDictionary<object, object> map && map.TryGetValue(key, out var next) ? next
                : throw new KeyNotFoundException($"There is no {key}.");
        return tree;
    }

    /// <summary>The text of a key; absent: it has none.</summary>
    public static string? Text(this IDictionary<object, object> map, string key) =>
        map.TryGetValue(key, out var value) ? value?.ToString() : null;

    public static IDictionary<object, object> Map(this object tree, params IEnumerable<string> keys) =>
        (IDictionary<object, object>)tree.At(keys);

    public static IList<object> List(this object tree, params IEnumerable<string> keys) =>
        (IList<object>)tree.At(keys);
}
