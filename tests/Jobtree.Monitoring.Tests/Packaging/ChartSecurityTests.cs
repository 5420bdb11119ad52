using k8s.Models;

namespace Jobtree.Monitoring.Tests.Packaging;

/// <summary>What the pods of the chart may do, and who reaches them.</summary>
public sealed class ChartSecurityTests
{
    [Fact]
    public async Task A_silo_may_read_pods_of_its_namespace_and_nothing_else()
    {
        var manifests = await Charts.Render();
        var rule = Assert.Single(manifests.One<V1Role>().Rules);
        Assert.Equal([""], rule.ApiGroups);
        Assert.Equal(["pods"], rule.Resources);
        // What Orleans' agent asks. It deletes pods only if told to, and patches only labels that the chart lacks.
        Assert.Equal(["get", "list", "watch"], rule.Verbs);
        var subject = Assert.Single(manifests.One<V1RoleBinding>().Subjects);
        Assert.Equal(("ServiceAccount", "jobtree", "fleet"), (subject.Kind, subject.Name, subject.NamespaceProperty));
        Assert.False(manifests.One<V1ServiceAccount>().AutomountServiceAccountToken);
        Assert.DoesNotContain(manifests.Kinds, kind => kind.StartsWith("Cluster", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_pod_runs_without_any_right_that_it_does_not_need()
    {
        var manifests = await Charts.Render();
        var silos = manifests.One<V1Deployment>().Spec.Template.Spec;
        var redis = manifests.One<V1StatefulSet>().Spec.Template.Spec;
        Assert.All(new[] { silos, redis }, pod =>
        {
            Assert.True(pod.SecurityContext.RunAsNonRoot);
            Assert.True(pod.SecurityContext.RunAsUser > 0);
            Assert.Equal("RuntimeDefault", pod.SecurityContext.SeccompProfile.Type);
            Assert.Null(pod.HostNetwork);
            Assert.All(pod.Volumes, volume => Assert.Null(volume.HostPath));
            var container = Assert.Single(pod.Containers);
            Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
            Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
            Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
            Assert.Null(container.SecurityContext.Capabilities.Add);
            Assert.NotNull(container.Resources.Limits["memory"]);
            Assert.NotNull(container.Resources.Requests["cpu"]);
        });
        Assert.True(silos.AutomountServiceAccountToken);
        Assert.False(redis.AutomountServiceAccountToken);
    }

    [Fact]
    public async Task Only_silos_and_labelled_clients_reach_the_ports_that_ask_for_nothing()
    {
        var manifests = await Charts.Render();
        var silos = manifests.One<V1NetworkPolicy>("jobtree").Spec;
        AssertSelects(manifests.One<V1Deployment>().Spec.Template, silos.PodSelector);
        Assert.Equal(["Ingress"], silos.PolicyTypes);
        var ports = silos.Ingress.ToDictionary(rule => rule.Ports.Single().Port.Value, rule => rule.FromProperty);
        Assert.Equal(["api", "gateway", "silo"], ports.Keys.Order(StringComparer.Ordinal));
        AssertSelects(manifests.One<V1Deployment>().Spec.Template, Assert.Single(ports["silo"]).PodSelector);
        AssertLabelled("jobtree.dev/cluster-client", Assert.Single(ports["gateway"]));
        AssertLabelled("jobtree.dev/api-client", Assert.Single(ports["api"]));

        var redis = manifests.One<V1NetworkPolicy>("jobtree-redis").Spec;
        AssertSelects(manifests.One<V1StatefulSet>().Spec.Template, redis.PodSelector);
        Assert.Equal(["Ingress", "Egress"], redis.PolicyTypes);
        Assert.Null(redis.Egress);
        var rule = Assert.Single(redis.Ingress);
        Assert.Equal("redis", rule.Ports.Single().Port.Value);
        AssertSelects(manifests.One<V1Deployment>().Spec.Template, rule.FromProperty[0].PodSelector);
        AssertLabelled("jobtree.dev/cluster-client", rule.FromProperty[1]);
        Assert.Equal(2, rule.FromProperty.Count);

        // The names of the ports are those of the containers: a policy with another name would admit nobody.
        Assert.Equal(["api", "gateway", "silo"], manifests.One<V1Deployment>().Spec.Template.Spec.Containers.Single()
            .Ports.Select(port => port.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Prometheus_reaches_the_api_only_and_only_with_monitoring()
    {
        var manifests = await Charts.Render(Charts.Set(
            "monitoring.enabled=true", "networkPolicy.apiPeers[0].ipBlock.cidr=10.0.0.0/8",
            "networkPolicy.clientPeers[0].namespaceSelector.matchLabels.team=fleet"));
        var ports = manifests.One<V1NetworkPolicy>("jobtree").Spec.Ingress
            .ToDictionary(rule => rule.Ports.Single().Port.Value, rule => rule.FromProperty);
        Assert.Equal((1, 2, 3), (ports["silo"].Count, ports["gateway"].Count, ports["api"].Count));
        Assert.Equal("10.0.0.0/8", ports["api"][1].IpBlock.Cidr);
        var prometheus = ports["api"][2];
        Assert.Equal("monitoring", prometheus.NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"]);
        Assert.Equal("prometheus", prometheus.PodSelector.MatchLabels["app.kubernetes.io/name"]);
        Assert.Equal("fleet", ports["gateway"][1].NamespaceSelector.MatchLabels["team"]);
    }

    private static void AssertSelects(V1PodTemplateSpec pod, V1LabelSelector selector)
    {
        Assert.NotEmpty(selector.MatchLabels);
        Assert.All(selector.MatchLabels, label => Assert.Equal(label.Value, pod.Metadata.Labels[label.Key]));
        Assert.Contains("app.kubernetes.io/component", selector.MatchLabels.Keys);
    }

    private static void AssertLabelled(string label, V1NetworkPolicyPeer peer)
    {
        // Without a namespaceSelector these are pods of the same namespace.
        Assert.Null(peer.NamespaceSelector);
        Assert.Null(peer.IpBlock);
        Assert.Equal(KeyValuePair.Create(label, "true"), Assert.Single(peer.PodSelector.MatchLabels));
    }
}
