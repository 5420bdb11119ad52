using System.Text.Json.Nodes;
using Jobtree.Api.Tests.Hosting;

namespace Jobtree.Api.Tests.Contract;

public sealed class OpenApiTests
{
    [Fact]
    public async Task Every_operation_is_described_whole()
    {
        await using var host = await ApiHost.Start();
        var document = (await host.Get("/openapi/v1.json")).IsOk().Json;
        Assert.StartsWith("3.1", (string?)document["openapi"], StringComparison.Ordinal);
        var operations = Operations(document).ToList();
        Assert.Equal(48, operations.Count);
        Assert.Equal(operations.Count, operations.Select(operation => (string)operation.Node["operationId"]!).Distinct()
            .Count());
        foreach (var (path, node) in operations)
        {
            Assert.False(string.IsNullOrEmpty((string?)node["summary"]), path);
            Assert.NotNull(node["responses"]!["200"]!["content"]);
            Assert.NotNull(node["responses"]!["4XX"]!["content"]!["application/problem+json"]);
            var declared = node["parameters"]?.AsArray().Where(parameter => (string?)parameter!["in"] == "path").Select(
                parameter => (string)parameter!["name"]!) ?? [];
            Assert.Equal(path.Split('/').Where(part => part.StartsWith('{')).Select(part => part.Trim('{', '}')),
                declared);
        }
    }

    [Fact]
    public async Task Every_reference_leads_somewhere()
    {
        await using var host = await ApiHost.Start();
        var document = (await host.Get("/openapi/v1.json")).IsOk().Json;
        foreach (var reference in References(document).Distinct())
        {
            var found = reference.Split('/').Skip(1).Aggregate(
                (JsonNode?)document, (node, part) => node?[part.Replace("~1", "/", StringComparison.Ordinal)]);
            Assert.True(found is not null, reference);
        }
    }

    [Fact]
    public async Task Texts_with_a_form_are_described_as_texts()
    {
        await using var host = await ApiHost.Start();
        var schemas = (await host.Get("/openapi/v1.json")).IsOk().Json["components"]!["schemas"]!;
        Assert.Equal("string", (string?)schemas["FlavorView"]!["properties"]!["backlog"]!["type"]);
        Assert.Equal("string", (string?)schemas["Explanation"]!["properties"]!["run"]!["type"]);
        Assert.NotNull(schemas["RunSpec"]!["properties"]!["resources"]);
    }

    private static IEnumerable<(string Path, JsonNode Node)> Operations(JsonNode document) =>
        document["paths"]!.AsObject().SelectMany(
            path => path.Value!.AsObject().Select(operation => (path.Key, operation.Value!)));

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject item => item.SelectMany(
            property => property.Key == "$ref" ? [(string)property.Value!] : References(property.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };
}
