using System.Diagnostics;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Silo.Tests.Servers;
using k8s;
using k8s.Models;

namespace Jobtree.Silo.Tests.Kubernetes;

/// <summary>Silos in pods as the shipped manifests make them, beside an API that enforces the shipped role.</summary>
public sealed class KubernetesTests
{
    // A mount namespace of its own, in which the service account is where a pod has it.
    private static readonly string[] PodScript =
    [
        "unshare", "--mount", "sh", "-ec",
        """
        run=$(readlink -f /var/run)
        mount -t tmpfs none "$run"
        mkdir -p "$run/secrets/kubernetes.io"
        cp -r "$0" "$run/secrets/kubernetes.io/serviceaccount"
        exec "$@"
        """,
    ];

    [RedisFact]
    public async Task A_silo_whose_pod_was_deleted_is_declared_dead_with_no_more_rights_than_the_role_has()
    {
        Assert.SkipUnless(await CanMount(), "This user may not make a mount namespace.");
        var shipped = Shipped();
        var labels = shipped.OfType<V1Deployment>().Single().Spec.Template.Metadata.Labels;
        await using var redis = await RedisServer.Begin();
        await using var api = await KubernetesApi.Start(shipped.OfType<V1Role>().Single());
        string[] options =
        [
            "--kubernetes", "--redis", redis.Endpoint, "--drain", "0", "--silo-port", "0", "--gateway-port", "0",
        ];
        var (first, address) = await HostProcess.ServeSiloUnder(
            [.. PodScript, api.Account], options, api.AddPod("jobtree-a", labels));
        using var one = first;
        var (second, _) = await HostProcess.ServeSiloUnder(
            [.. PodScript, api.Account], options, api.AddPod("jobtree-b", labels));
        using var two = second;
        await Eventually.Holds(() => api.Verbs.ContainsKey("watch"));

        // It serves and answers probes, so nothing but the deletion can be why it is declared dead.
        api.DeletePod("jobtree-b");
        Assert.NotEqual(0, await second.Exit());
        using var client = new FleetClient(address);
        Assert.Equal(System.Net.HttpStatusCode.OK, await client.Status("/readyz"));
        Assert.Equal(["get", "list", "watch"], api.Verbs.Keys.Order(StringComparer.Ordinal));
        Assert.Empty(api.Refused);
        Assert.Equal(0, await first.Stop());
    }

    [Fact]
    public async Task Outside_of_a_pod_the_option_is_refused_in_one_line()
    {
        using var host = HostProcess.Start(["up", "--port", "0", "--kubernetes", "--redis", "127.0.0.1:1"]);
        Assert.Equal(1, await host.Exit());
        Assert.Contains("--kubernetes", Assert.Single(
            host.Said.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    private static List<object> Shipped()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Jobtree.Orleans.sln")))
            folder = folder.Parent!;
        return KubernetesYaml.LoadAllFromString(
            File.ReadAllText(Path.Combine(folder.FullName, "deploy/kustomize/base/silos.yaml")), strict: true);
    }

    private static async Task<bool> CanMount()
    {
        try
        {
            using var attempt = Process.Start("unshare", ["--mount", "mount", "-t", "tmpfs", "none", "/mnt"]);
            await attempt.WaitForExitAsync();
            return attempt.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
