using k8s.Models;

namespace Jobtree.Monitoring.Tests.Packaging;

/// <summary>What the chart makes of values, and which values it refuses.</summary>
public sealed class HelmChartTests
{
    private const string Redis = "jobtree-redis";

    public static TheoryData<string> ValueFiles =>
    [
        $"{Charts.Path}/values.yaml", $"{Charts.Path}/values-sample.yaml",
        .. Directory.EnumerateFiles(Path.Combine(Sources.Root, "deploy/samples"), "*.helm-values.yaml")
            .Select(file => Path.GetRelativePath(Sources.Root, file)).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(ValueFiles))]
    public async Task Every_shipped_file_of_values_passes_lint_and_gives_strictly_valid_objects(string file)
    {
        Tools.NeedKubernetes();
        Tools.NeedNode();
        var lint = Tools.Helm(["lint", "--strict", Charts.Path, .. Charts.Values(file)]);
        var manifests = await Charts.Render(Charts.Values(file));
        Assert.Contains("0 chart(s) failed", (await lint).Succeeded(), StringComparison.Ordinal);
        await manifests.AssertSchemasHold();
    }

    [Fact]
    public async Task Without_values_there_are_three_silos_and_a_Redis_and_no_kind_of_an_extension()
    {
        var manifests = await Charts.Render();
        Assert.Equal(
            [
                "ConfigMap", "Deployment", "NetworkPolicy", "NetworkPolicy", "PodDisruptionBudget", "Role",
                "RoleBinding", "Service", "Service", "ServiceAccount", "StatefulSet",
            ],
            manifests.Kinds);
        var silos = manifests.One<V1Deployment>().Spec;
        Assert.Equal(3, silos.Replicas);
        Assert.Equal(("0", "1"),
            (silos.Strategy.RollingUpdate.MaxUnavailable.Value, silos.Strategy.RollingUpdate.MaxSurge.Value));
        var silo = silos.Template.Spec.Containers.Single();
        Assert.Equal(("/healthz", "/healthz", "/readyz"),
            (silo.StartupProbe.HttpGet.Path, silo.LivenessProbe.HttpGet.Path, silo.ReadinessProbe.HttpGet.Path));
        // The port opens when the silo has joined; docs/silo.md says to allow two minutes.
        Assert.True(silo.StartupProbe.PeriodSeconds * silo.StartupProbe.FailureThreshold >= 120);
        Assert.Contains("--kubernetes", silo.Args);
        // The chart's names of the cluster are the labels by which silos find their pods.
        var labels = silos.Template.Metadata.Labels;
        Assert.Equal((labels["orleans/serviceId"], labels["orleans/clusterId"]),
            (After(silo.Args, "--service-id"), After(silo.Args, "--cluster-id")));
        Assert.Equal(2, silos.Template.Spec.TopologySpreadConstraints.Count);
        Assert.Equal("1", manifests.One<V1PodDisruptionBudget>().Spec.MaxUnavailable.Value);
    }

    [Fact]
    public async Task Redis_writes_every_record_to_a_volume_and_has_a_password_that_no_argument_shows()
    {
        var manifests = await Charts.Render();
        var lines = manifests.One<V1ConfigMap>(Redis).Data["redis.conf"].Split('\n');
        Assert.Superset(
            new HashSet<string> { "appendonly yes", "appendfsync always", "maxmemory-policy noeviction" },
            lines.ToHashSet());
        var set = manifests.One<V1StatefulSet>(Redis).Spec;
        var server = set.Template.Spec.Containers.Single();
        Assert.Equal((Redis, "password"), Secret(server.Env, "REDISCLI_AUTH"));
        Assert.Contains("exec redis-server", server.Command[^1], StringComparison.Ordinal);
        Assert.Null(server.Args);
        Assert.Equal("data", set.VolumeClaimTemplates.Single().Name());
        var silo = Silo(manifests);
        Assert.Equal((Redis, "password"), Secret(silo.Env, "REDIS_PASSWORD"));
        Assert.Equal($"{Redis}:6379,password=$(REDIS_PASSWORD)", silo.Env.Single(
            variable => variable.Name == "JOBTREE_REDIS").Value);
        Assert.DoesNotContain(silo.Args, argument => argument.Contains("PASSWORD", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_Redis_of_others_takes_the_place_of_the_own_one()
    {
        var manifests = await Charts.Render(Charts.Values("deploy/samples/external-redis.helm-values.yaml"));
        Assert.Empty(manifests.All<V1StatefulSet>());
        Assert.Single(manifests.All<V1NetworkPolicy>());
        Assert.Equal(("jobtree-external-redis", "connection"), Secret(Silo(manifests).Env, "JOBTREE_REDIS"));
    }

    [Fact]
    public async Task A_history_is_reached_by_a_secret_and_is_not_there_without_one()
    {
        var manifests = await Charts.Render(Charts.Values("deploy/samples/history-postgres.helm-values.yaml"));
        Assert.Equal(("jobtree-history", "connection"), Secret(Silo(manifests).Env, "JOBTREE_HISTORY_POSTGRES"));
        Assert.DoesNotContain(
            Silo(await Charts.Render()).Env, variable => variable.Name == "JOBTREE_HISTORY_POSTGRES");
    }

    [Fact]
    public async Task Silos_do_without_TLS_only_where_the_values_say_so()
    {
        Assert.DoesNotContain("--silo-insecure", Args(await Charts.Render()));
        var args = Args(await Charts.Render(Charts.Set("siloTls.enabled=false")));
        Assert.Contains("--silo-insecure", args);
        Assert.DoesNotContain("--silo-tls-cert", args);

        static IList<string> Args(Manifests manifests) =>
            manifests.One<V1Deployment>().Spec.Template.Spec.Containers.Single().Args;
    }

    [Fact]
    public async Task Certificates_and_tokens_come_from_mounted_secrets()
    {
        var manifests = await Charts.Render(Charts.Set("api.tls.enabled=true"));
        var pod = manifests.One<V1Deployment>().Spec.Template.Spec;
        var silo = pod.Containers.Single();
        Assert.All(
            new[]
            {
                ("--silo-tls-cert", "silo-tls", "tls.crt"), ("--silo-tls-key", "silo-tls", "tls.key"),
                ("--silo-tls-ca", "silo-tls", "ca.crt"), ("--tls-cert", "api-tls", "tls.crt"),
                ("--tls-key", "api-tls", "tls.key"), ("--token-file", "tokens", "tokens.yaml"),
            },
            option =>
            {
                var (name, volume, file) = option;
                var mount = silo.VolumeMounts.Single(mount => mount.Name == volume);
                Assert.Equal($"{mount.MountPath}/{file}", After(silo.Args, name));
                var secret = pod.Volumes.Single(one => one.Name == volume).Secret;
                Assert.Equal($"jobtree-{volume}", secret.SecretName);
                // The owner and the group may read it: more is refused by the silo.
                Assert.Equal(Convert.ToInt32("440", 8), secret.DefaultMode);
            });
        Assert.All(new[] { silo.StartupProbe, silo.LivenessProbe, silo.ReadinessProbe },
            probe => Assert.Equal("HTTPS", probe.HttpGet.Scheme));
    }

    [Fact]
    public async Task An_issuer_of_tokens_is_named_by_arguments_and_its_clients_secret_by_a_mounted_file()
    {
        Assert.DoesNotContain(
            Silo(await Charts.Render()).Args, argument => argument.Contains("oidc", StringComparison.Ordinal));
        var manifests = await Charts.Render(Charts.Set(
            "api.oidc.issuer=https://login.example.org/realms/gpus", "api.oidc.audience=fleet",
            "api.oidc.ownersClaim=groups", "api.oidc.roleClaim=roles", "api.oidc.clientId=cli",
            "api.oidc.webClientId=web", "api.oidc.scopes=openid offline_access",
            "api.oidc.clientSecret.existingSecret=jobtree-oidc-client"));
        await manifests.AssertSchemasHold();
        var pod = manifests.One<V1Deployment>().Spec.Template.Spec;
        var silo = pod.Containers.Single();
        Assert.Equal(
            [
                "https://login.example.org/realms/gpus", "fleet", "groups", "roles", "cli", "web",
                "openid offline_access", "/etc/jobtree/oidc-client/client-secret",
            ],
            new[] { "issuer", "audience", "owners-claim", "role-claim", "client-id", "web-client-id", "scopes",
                "client-secret-file" }.Select(option => After(silo.Args, $"--oidc-{option}")));
        Assert.Equal("/etc/jobtree/oidc-client",
            silo.VolumeMounts.Single(mount => mount.Name == "oidc-client").MountPath);
        var secret = pod.Volumes.Single(volume => volume.Name == "oidc-client").Secret;
        Assert.Equal(("jobtree-oidc-client", Convert.ToInt32("440", 8)), (secret.SecretName, secret.DefaultMode));
    }

    [Fact]
    public async Task An_issuer_makes_a_certificate_that_silos_may_use_both_ways()
    {
        var manifests = await Charts.Render(Charts.Values($"{Charts.Path}/values-sample.yaml"));
        var spec = manifests.Other("Certificate")["spec"]!;
        Assert.Equal("jobtree-silo-tls", (string?)spec["secretName"]);
        Assert.Equal("jobtree-silos", (string?)spec["issuerRef"]!["name"]);
        Assert.Superset(new HashSet<string> { "server auth", "client auth" },
            spec["usages"]!.AsArray().Select(usage => (string)usage!).ToHashSet());
    }

    [Theory]
    [InlineData("silos.replicas=three", "/silos/replicas", "want integer")]
    [InlineData("silos.replicas=0", "/silos/replicas", "minimum")]
    [InlineData("silos.replica=3", "/silos", "replica")]
    [InlineData("silo.replicas=3", "''", "silo")]
    [InlineData("api.tls.enabled=yes", "/api/tls/enabled", "want boolean")]
    [InlineData("monitoring=true", "/monitoring", "want object")]
    [InlineData("serviceMonitor.interval=15", "/serviceMonitor/interval", "string")]
    [InlineData("image.digest=sha256:1", "/image/digest", "pattern")]
    [InlineData("redis.resources.limits.memory=lots", "/redis/resources/limits/memory", "pattern")]
    [InlineData("redis.enabled=false", "/externalRedis/existingSecret", "minLength")]
    [InlineData("siloTls.certManager.enabled=true", "/siloTls/certManager/issuerRef/name", "minLength")]
    [InlineData("grafanaDashboards.extraDashboards[0].name=a", "/grafanaDashboards/extraDashboards/0", "json")]
    [InlineData("api.oidc.issuer=https://login.example.org", "api.oidc.audience", "needed")]
    [InlineData("api.oidc.clientId=cli", "api.oidc.issuer", "needed")]
    [InlineData("api.oidc.issuer=http://login.example.org", "/api/oidc/issuer", "pattern")]
    [InlineData("api.oidc.secret=abc", "/api/oidc", "secret")]
    [InlineData("silos.drainSeconds=60", "silos.terminationGracePeriodSeconds", "at least")]
    public async Task A_value_that_cannot_be_is_refused_with_its_path(string value, string path, string reason)
    {
        Tools.NeedKubernetes();
        var refused = await Charts.TryRender(Charts.Set(value));
        Assert.NotEqual(0, refused.Code);
        Assert.Contains(path, refused.Errors, StringComparison.Ordinal);
        Assert.Contains(reason, refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kubernetes_waits_longer_than_a_silo_drains()
    {
        var manifests = await Charts.Render();
        var pod = manifests.One<V1Deployment>().Spec.Template.Spec;
        var drain = int.Parse(After(pod.Containers.Single().Args, "--drain"),
            System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(pod.TerminationGracePeriodSeconds >= drain + 60);
    }

    private static V1Container Silo(Manifests manifests) =>
        manifests.One<V1Deployment>().Spec.Template.Spec.Containers.Single();

    private static string After(IList<string> arguments, string option) => arguments[arguments.IndexOf(option) + 1];

    private static (string, string) Secret(IEnumerable<V1EnvVar> variables, string name)
    {
        var reference = variables.Single(variable => variable.Name == name).ValueFrom.SecretKeyRef;
        return (reference.Name, reference.Key);
    }
}
