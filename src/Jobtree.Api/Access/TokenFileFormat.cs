using System.Text.Json;
using Jobtree.Manifests.Reading;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Jobtree.Api.Access;

/// <summary>
/// <c>tokens:</c> with a list of <c>{name, role, owners, sha256}</c>, and if one ends by itself <c>expires</c>. Written
/// as JSON and read as YAML, a superset of JSON.
/// </summary>
internal static class TokenFileFormat
{
    private const int NameLengthMax = 64;
    private static readonly string[] Fields = ["name", "role", "owners", "sha256", "expires"];
    private static readonly Dictionary<string, Role> Roles = Enum.GetValues<Role>().ToDictionary(
        role => role.ToString().ToLowerInvariant(), StringComparer.Ordinal);

    public static IReadOnlyList<TokenEntry> Parse(string text, string path)
    {
        try
        {
            // The parser's nesting limit and the file size limit bound the cost of a bad file. The parser rejects
            // duplicate keys.
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents is not [{ RootNode: YamlMappingNode { Children.Count: 1 } root }]
                || root.Children.First() is not { Key: YamlScalarNode { Value: "tokens" },
                    Value: YamlSequenceNode tokens })
            {
                throw new TokenFileException($"{path}: expected one document with the single field 'tokens', a list.");
            }

            return [.. tokens.Children.Select(token => Entry(token, path))];
        }
        catch (YamlException e)
        {
            throw new TokenFileException($"{path}, line {e.Start.Line}: {e.Message}", e);
        }
    }

    public static void Write(Utf8JsonWriter writer, IReadOnlyList<TokenEntry> entries)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("tokens");
        foreach (var entry in entries)
        {
            writer.WriteStartObject();
            writer.WriteString("name", entry.Name);
            writer.WriteString("role", entry.Role.ToString().ToLowerInvariant());
            writer.WriteStartArray("owners");
            foreach (var owner in entry.Owners)
                writer.WriteStringValue(owner);
            writer.WriteEndArray();
            writer.WriteString("sha256", entry.Sha256);
            if (entry.Expires is { } expires)
                writer.WriteString("expires", expires.UtcDateTime);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    public static void Check(IReadOnlyList<TokenEntry> entries, string path)
    {
        if (entries.Count > TokenFile.TokensMax)
            throw new TokenFileException($"{path}: {entries.Count} tokens; {TokenFile.TokensMax} are allowed.");
        foreach (var entry in entries)
        {
            if (entry.Name.Length is 0 or > NameLengthMax
                || !entry.Name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'))
                throw new TokenFileException(
                    $"{path}: the token name '{entry.Name}' is not allowed: letters, digits, '.', '_' and '-', " +
                    $"{NameLengthMax} at most.");
            if (entry.Owners.Count == 0)
                throw new TokenFileException(
                    $"{path}: the token '{entry.Name}' has no owners; '{OwnerPaths.Everyone}' is all.");
            if (entry.Owners.FirstOrDefault(
                owner => owner != OwnerPaths.Everyone && !OwnerPaths.IsPath(owner)) is { } wrong)
                throw new TokenFileException(
                    $"{path}: the token '{entry.Name}' has the owner '{wrong}': '{OwnerPaths.Everyone}', or " +
                    $"{OwnerPaths.Allowed}.");
            if (entry.Sha256.Length != 64 || !entry.Sha256.All(char.IsAsciiHexDigitLower))
                throw new TokenFileException(
                    $"{path}: the token '{entry.Name}' needs sha256, 64 lower-case hexadecimal digits.");
        }

        if (entries.GroupBy(entry => entry.Name, StringComparer.Ordinal)
            .FirstOrDefault(same => same.Count() > 1) is { } name)
            throw new TokenFileException($"{path}: there is already a token named '{name.Key}'.");
        if (entries.GroupBy(entry => entry.Sha256, StringComparer.Ordinal)
            .FirstOrDefault(same => same.Count() > 1) is { } hash)
            throw new TokenFileException(
                $"{path}: the tokens '{hash.First().Name}' and '{hash.Last().Name}' have the same hash.");
    }

    private static TokenEntry Entry(YamlNode node, string path)
    {
        if (node is not YamlMappingNode mapping)
            throw Wrong(node, path, "expected a token: name, role, owners, sha256");
        if (mapping.Children.Keys.FirstOrDefault(
            key => key is not YamlScalarNode { Value: { } text } || !Fields.Contains(text)) is { } unknown)
            throw Wrong(unknown, path, $"unknown field '{unknown}'; allowed are {string.Join(", ", Fields)}");
        return new TokenEntry(
            Text(mapping, "name", path),
            Roles.TryGetValue(Text(mapping, "role", path), out var role)
                ? role
                : throw Wrong(mapping, path, $"role must be one of {string.Join(", ", Roles.Keys)}"),
            Owners(mapping, path),
            Text(mapping, "sha256", path),
            Expires(mapping, path));
    }

    private static DateTimeOffset? Expires(YamlMappingNode mapping, string path)
    {
        if (!mapping.Children.TryGetValue(new YamlScalarNode("expires"), out var node))
            return null;
        return node is YamlScalarNode { Value: { } text } && Timestamp.TryParse(text, out var expires) ? expires
            : throw Wrong(node, path, "expires must be an instant, such as 2027-01-31T00:00:00Z");
    }

    private static string Text(YamlMappingNode mapping, string field, string path) =>
        mapping.Children.TryGetValue(new YamlScalarNode(field), out var node)
            && node is YamlScalarNode { Value: { } text }
            ? text
            : throw Wrong(mapping, path, $"the field '{field}' is missing or not a text");

    private static IReadOnlyList<string> Owners(YamlMappingNode mapping, string path) =>
        mapping.Children.TryGetValue(new YamlScalarNode("owners"), out var node) && node is YamlSequenceNode list
            ? [.. list.Children.Select(owner => owner is YamlScalarNode { Value: { } text } ? text
                : throw Wrong(owner, path, "an owner must be a text"))]
            : throw Wrong(mapping, path, "the field 'owners' is missing or not a list");

    private static TokenFileException Wrong(YamlNode node, string path, string what) =>
        new($"{path}, line {node.Start.Line}: {what}.");
}
