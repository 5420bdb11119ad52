using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace Jobtree.Monitoring.Tests.Packaging;

/// <summary>Helm, kustomize and Terraform bring the dashboards and rules of this repository, unchanged.</summary>
public sealed class MonitoringBundleTests
{
    private const int ConfigMapBytesMax = 1 << 20;

    private static readonly string[] Monitoring = Charts.Set("monitoring.enabled=true");

    [Fact]
    public async Task Every_way_of_installing_has_the_same_dashboards()
    {
        Tools.NeedKubernetes();
        var source = Files("dashboards", ".json");
        Assert.NotEmpty(source);
        Assert.Equal(source, Files("deploy/terraform/dashboards", ".json"));
        Assert.Equal(source, Dashboards(await Charts.Render(Monitoring)));
        foreach (var overlay in new[] { "dev", "prod" })
            Assert.Equal(source, Dashboards(await Overlays.Build(overlay)));
    }

    [Fact]
    public async Task Every_way_of_installing_has_the_same_rules()
    {
        Tools.NeedKubernetes();
        var source = Files("alerts", ".rules.yaml").ToDictionary(
            file => $"jobtree-{file.Key[..^".rules.yaml".Length]}", file => Yaml(file.Value), StringComparer.Ordinal);
        Assert.NotEmpty(source);
        Assert.Equal(Files("alerts", ".rules.yaml"), Files("deploy/terraform/rules", ".rules.yaml"));
        Assert.Equal(source, Rules(await Charts.Render(Monitoring)));
        foreach (var overlay in new[] { "dev", "prod" })
            Assert.Equal(source, Rules(await Overlays.Build(overlay)));
    }

    [Fact]
    public async Task A_ServiceMonitor_has_what_the_operator_asks_for_and_the_job_that_rules_name()
    {
        var manifests = await Charts.Render(
            [.. Monitoring, .. Charts.Set("api.tls.enabled=true", "serviceMonitor.namespace=watch",
                "serviceMonitor.labels.release=prometheus", "serviceMonitor.interval=30s")]);
        var monitor = manifests.Other("ServiceMonitor");
        Assert.Equal("monitoring.coreos.com/v1", (string?)monitor["apiVersion"]);
        Assert.Equal(("watch", "prometheus"), ((string?)monitor["metadata"]!["namespace"],
            (string?)monitor["metadata"]!["labels"]!["release"]));
        var spec = monitor["spec"]!.AsObject();
        AssertFields(spec, "namespaceSelector", "selector", "endpoints");
        Assert.Equal("fleet", (string?)spec["namespaceSelector"]!["matchNames"]![0]);
        var service = manifests.One<V1Service>("jobtree");
        Assert.All(spec["selector"]!["matchLabels"]!.AsObject(),
            label => Assert.Equal((string?)label.Value, service.Metadata.Labels[label.Key]));
        var endpoint = Assert.Single(spec["endpoints"]!.AsArray())!.AsObject();
        AssertFields(endpoint, "port", "path", "honorLabels", "interval", "scrapeTimeout", "authorization", "scheme",
            "tlsConfig", "relabelings");
        // Otherwise the operator's label namespace displaces that of a run's series.
        Assert.True((bool)endpoint["honorLabels"]!);
        Assert.Equal((service.Spec.Ports.Single().Name, "/metrics", "30s", "https"),
            ((string?)endpoint["port"], (string?)endpoint["path"], (string?)endpoint["interval"],
                (string?)endpoint["scheme"]));
        Assert.Equal("""{"type":"Bearer","credentials":{"name":"jobtree-metrics","key":"token"}}""",
            endpoint["authorization"]!.ToJsonString());
        Assert.Equal("""{"targetLabel":"job","replacement":"jobtree"}""", endpoint["relabelings"]![0]!.ToJsonString());
        // The certificate is issued for the Service's name, which the silos serve.
        var name = (string?)endpoint["tlsConfig"]!["serverName"];
        Assert.Equal("jobtree.fleet.svc", name);
        Assert.Contains("jobtree.$(POD_NAMESPACE).svc",
            manifests.One<V1Deployment>().Spec.Template.Spec.Containers.Single().Args);
    }

    [Fact]
    public async Task Rules_go_where_Prometheus_looks_for_them()
    {
        var manifests = await Charts.Render([.. Monitoring, .. Charts.Set(
            "prometheusRule.namespace=watch", "prometheusRule.labels.release=prometheus")]);
        Assert.All(RuleObjects(manifests), rule =>
        {
            AssertFields(rule, "apiVersion", "kind", "metadata", "spec");
            AssertFields(rule["spec"]!.AsObject(), "groups");
            Assert.Equal(("monitoring.coreos.com/v1", "watch", "prometheus"), ((string?)rule["apiVersion"],
                (string?)rule["metadata"]!["namespace"], (string?)rule["metadata"]!["labels"]!["release"]));
            // The fields that the kind has; it refuses others.
            Assert.All(rule["spec"]!["groups"]!.AsArray(), group =>
            {
                AssertOnly(group!.AsObject(), "name", "interval", "limit", "labels", "query_offset", "rules");
                Assert.All(group["rules"]!.AsArray(), one => AssertOnly(one!.AsObject(), "record", "alert", "expr",
                    "for", "keep_firing_for", "labels", "annotations"));
            });
        });
    }

    [Fact]
    public async Task Extra_dashboards_are_appended_and_dashboards_replace()
    {
        var own = await Charts.Render(Charts.Values("deploy/samples/own-dashboard.helm-values.yaml"));
        var source = Files("dashboards", ".json");
        Assert.Equal(source.Keys.Append("our-queue.json").Order(StringComparer.Ordinal), Dashboards(own).Keys);
        Assert.Equal("Our queue", (string?)JsonNode.Parse(Dashboards(own)["our-queue.json"])!["title"]);
        var replaced = await Charts.Render([.. Monitoring, .. Charts.Set(
            "grafanaDashboards.dashboards[0].name=one", "grafanaDashboards.namespace=grafana"),
            "--set-json", """grafanaDashboards.dashboards[0].json="{ }" """]);
        Assert.Equal("one.json", Assert.Single(Dashboards(replaced)).Key);
        Assert.Equal("grafana", replaced.One<V1ConfigMap>("jobtree-dashboard-one").Namespace());
    }

    [Theory]
    [InlineData("serviceMonitor.enabled=false", "ServiceMonitor")]
    [InlineData("prometheusRule.enabled=false", "PrometheusRule")]
    public async Task Each_part_can_be_left_out(string value, string kind)
    {
        var with = await Charts.Render(Monitoring);
        var without = await Charts.Render([.. Monitoring, .. Charts.Set(value)]);
        Assert.Contains(kind, with.Kinds);
        Assert.DoesNotContain(kind, without.Kinds);
    }

    [Fact]
    public async Task Nothing_outgrows_what_Kubernetes_stores()
    {
        Tools.NeedKubernetes();
        var text = (await Charts.TryRender(Monitoring)).Succeeded();
        Assert.All(Dashboards(await Charts.Render(Monitoring)).Values,
            json => Assert.True(Encoding.UTF8.GetByteCount(json) < ConfigMapBytesMax));
        // Helm stores a release in one Secret: chart and manifests, compressed, and in base 64 twice.
        using var release = new MemoryStream();
        await using (var compressed = new GZipStream(release, CompressionLevel.Optimal, leaveOpen: true))
        {
            compressed.Write(Encoding.UTF8.GetBytes(text));
            foreach (var file in Directory.EnumerateFiles(
                Path.Combine(Sources.Root, Charts.Path), "*", SearchOption.AllDirectories))
                compressed.Write(File.ReadAllBytes(file));
        }

        Assert.InRange(release.Length * 16 / 9, 1, ConfigMapBytesMax / 2);
    }

    private static SortedDictionary<string, string> Files(string folder, string ending)
    {
        var repository = Sources.Repository();
        return new(repository.List(folder, ending).ToDictionary(file => Path.GetFileName(file)!, repository.Read),
            StringComparer.Ordinal);
    }

    private static SortedDictionary<string, string> Dashboards(Manifests manifests) => new(
        manifests.All<V1ConfigMap>()
            .Where(map => map.Labels()?.TryGetValue("grafana_dashboard", out var label) == true && label == "1")
            .SelectMany(map => map.Data).ToDictionary(), StringComparer.Ordinal);

    private static Dictionary<string, string> Rules(Manifests manifests) => RuleObjects(manifests).ToDictionary(
        rule => (string)rule["metadata"]!["name"]!, rule => Manifests.Canonical(rule["spec"]!), StringComparer.Ordinal);

    private static IEnumerable<JsonObject> RuleObjects(Manifests manifests) =>
        manifests.Others.Where(one => (string?)one["kind"] == "PrometheusRule");

    private static string Yaml(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return Manifests.Canonical(Manifests.Data(stream.Documents.Single().RootNode)!);
    }

    private static void AssertFields(JsonObject node, params string[] fields) => Assert.Equal(
        fields.Order(StringComparer.Ordinal), node.Select(pair => pair.Key).Order(StringComparer.Ordinal));

    private static void AssertOnly(JsonObject node, params string[] fields) => Assert.Subset(
        fields.ToHashSet(), node.Select(pair => pair.Key).ToHashSet());
}
