using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Jobtree.Monitoring.Tests.Packaging;

/// <summary>The Terraform module, as its language's own parser reads it.</summary>
public sealed partial class TerraformTests
{
    private const string Module = "deploy/terraform";

    private static readonly Lazy<Task<JsonObject>> Parsed = new(Parse);

    [Fact]
    public async Task Every_variable_is_described_typed_used_and_in_the_example()
    {
        var module = await Files(".tf");
        var variables = module["variables.tf"]!["variable"]!.AsObject();
        Assert.All(variables, variable =>
        {
            var declared = variable.Value![0]!;
            Assert.False(string.IsNullOrWhiteSpace((string?)declared["description"]), variable.Key);
            Assert.True(declared["type"] is not null, $"{variable.Key} has no type");
            foreach (var validation in declared["validation"]?.AsArray() ?? [])
            {
                Assert.Contains($"var.{variable.Key}", (string?)validation!["condition"], StringComparison.Ordinal);
                Assert.Contains(variable.Key, (string?)validation["error_message"], StringComparison.Ordinal);
            }
        });
        var used = module.Where(file => file.Key != "variables.tf")
            .SelectMany(file => Used().Matches(file.Value!.ToJsonString()).Select(use => use.Groups["name"].Value));
        Assert.Equal(Names(variables), used.Distinct().Order(StringComparer.Ordinal));
        var example = await Files(".example");
        Assert.Equal(Names(variables), Names(example["terraform.tfvars.example"]!.AsObject()));
    }

    [Fact]
    public async Task Every_local_value_is_declared_and_used()
    {
        var module = await Files(".tf");
        var declared = Names(module["main.tf"]!["locals"]![0]!.AsObject());
        var used = module.SelectMany(file => Local().Matches(file.Value!.ToJsonString())
            .Select(use => use.Groups["name"].Value));
        Assert.Equal(declared, used.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Samples_set_only_variables_that_there_are_to_values_that_they_take()
    {
        var module = await Files(".tf");
        var variables = module["variables.tf"]!["variable"]!.AsObject();
        var samples = await Files(".example", ".tfvars");
        Assert.Equal(3, samples.Count);
        Assert.All(samples, sample => Assert.All(sample.Value!.AsObject(), value =>
        {
            Assert.True(variables.ContainsKey(value.Key), $"{sample.Key}: there is no variable {value.Key}");
            Assert.Equal(((string)variables[value.Key]![0]!["type"]!).Trim('$', '{', '}'), TypeOf(value.Value!));
        }));
    }

    [Fact]
    public async Task The_scrape_and_the_dashboards_label_are_those_of_the_chart()
    {
        var module = await Files(".tf");
        var chart = await Charts.Render(Charts.Set("monitoring.enabled=true"));
        var ours = Assert.Single(chart.Other("ServiceMonitor")["spec"]!["endpoints"]!.AsArray())!.AsObject();
        var resources = module["main.tf"]!["resource"]!;
        var theirs = resources["kubernetes_manifest"]!["service_monitor"]![0]!["manifest"]!["spec"]!["endpoints"]![0]!;
        var variables = module["variables.tf"]!["variable"]!;
        Assert.All(ours, field => Assert.Equal(
            Manifests.Canonical(field.Value!),
            Used().Replace(Manifests.Canonical(theirs[field.Key]!), use =>
                (string)variables[use.Groups["name"].Value]![0]!["default"]!)));
        Assert.Equal(ours.Count, theirs.AsObject().Count);
        Assert.Contains("""grafana_dashboard = "1" """.Trim(),
            (string?)resources["kubernetes_config_map_v1"]!["dashboard"]![0]!["metadata"]![0]!["labels"],
            StringComparison.Ordinal);
    }

    private static async Task<Dictionary<string, JsonNode>> Files(params string[] endings)
    {
        Tools.NeedNode();
        return (await Parsed.Value)
            .Where(file => endings.Any(ending => file.Key.EndsWith(ending, StringComparison.Ordinal)))
            .ToDictionary(file => file.Key, file => file.Value!, StringComparer.Ordinal);
    }

    private static async Task<JsonObject> Parse()
    {
        var files = Directory.EnumerateFiles(Path.Combine(Sources.Root, Module))
            .Concat(Directory.EnumerateFiles(Path.Combine(Sources.Root, "deploy/samples"), "*.tfvars"));
        return JsonNode.Parse((await Tools.Script("hcl.cjs", "", files)).Succeeded())!.AsObject();
    }

    private static IEnumerable<string> Names(JsonObject map) =>
        map.Select(pair => pair.Key).Order(StringComparer.Ordinal);

    private static string TypeOf(JsonNode value) => value switch
    {
        JsonObject => "map(string)",
        _ when value.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False =>
            "bool",
        _ => "string",
    };

    [GeneratedRegex(@"(\$\{)?var\.(?<name>\w+)\}?")]
    private static partial Regex Used();

    [GeneratedRegex(@"local\.(?<name>\w+)")]
    private static partial Regex Local();
}
