using System.Text.Json.Nodes;
using k8s.Models;

namespace Jobtree.Monitoring.Tests.Packaging;

/// <summary>What kustomize builds, for development and for production.</summary>
public sealed class KustomizeTests
{
    [Theory]
    [InlineData("dev", "jobtree-dev", 1)]
    [InlineData("prod", "jobtree", 3)]
    public async Task An_overlay_gives_strictly_valid_objects_in_one_namespace(string overlay, string space, int silos)
    {
        Tools.NeedNode();
        var manifests = await Overlays.Build(overlay);
        await manifests.AssertSchemasHold();
        Assert.Equal(space, manifests.One<V1Namespace>().Name());
        Assert.All(manifests.All<k8s.IKubernetesObject<V1ObjectMeta>>().Where(one => one is not V1Namespace),
            one => Assert.Equal(space, one.Namespace()));
        Assert.All(manifests.Others, one => Assert.Equal(space, (string?)one["metadata"]!["namespace"]));
        // A subject elsewhere would leave the silos without the right to list their pods.
        Assert.Equal(space, Assert.Single(manifests.One<V1RoleBinding>().Subjects).NamespaceProperty);
        Assert.Equal(silos, manifests.One<V1Deployment>().Spec.Replicas);
        Assert.DoesNotContain(manifests.All<k8s.IKubernetesObject<V1ObjectMeta>>(),
            one => one.Labels() is { } labels && labels.TryGetValue("app.kubernetes.io/managed-by", out var by)
                && by != "kustomize");
    }

    [Fact]
    public async Task Every_overlay_speaks_TLS_between_silos_and_production_gives_each_a_node()
    {
        foreach (var overlay in new[] { "dev", "prod" })
        {
            var pod = (await Overlays.Build(overlay)).One<V1Deployment>().Spec.Template.Spec;
            Assert.Superset(new HashSet<string> { "--silo-tls-cert", "--silo-tls-key", "--silo-tls-ca" },
                pod.Containers.Single().Args.ToHashSet());
            var secret = pod.Volumes.Single(volume => volume.Name == "silo-tls").Secret;
            Assert.Equal(("jobtree-silo-tls", Convert.ToInt32("440", 8)), (secret.SecretName, secret.DefaultMode));
            if (overlay == "prod")
                Assert.Equal("DoNotSchedule", pod.TopologySpreadConstraints.Single(
                    spread => spread.TopologyKey == "kubernetes.io/hostname").WhenUnsatisfiable);
        }
    }

    [Fact]
    public async Task Helm_and_both_overlays_scrape_alike()
    {
        var chart = Endpoint(await Charts.Render(Charts.Set("monitoring.enabled=true")));
        Assert.Equal("15s", (string?)JsonNode.Parse(chart)!["interval"]);
        Assert.Equal(chart, Endpoint(await Overlays.Build("dev")));
        Assert.Equal(chart, Endpoint(await Overlays.Build("prod")));
    }

    private static string Endpoint(Manifests manifests) => Manifests.Canonical(
        Assert.Single(manifests.Other("ServiceMonitor")["spec"]!["endpoints"]!.AsArray())!);
}
