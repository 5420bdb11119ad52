using System.Diagnostics;
using System.Net;
using Jobtree.Api.Access;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Silo.Tests.Security;
using Jobtree.Silo.Tests.Servers;
using k8s;
using k8s.Models;

namespace Jobtree.Silo.Tests.Kubernetes;

/// <summary>Silos in pods as the shipped manifests make them, beside an API that enforces the shipped role.</summary>
public sealed class KubernetesTests
{
    // A mount namespace of its own: the service account is where a pod has it, and nothing else can be written.
    private static readonly string[] PodScript =
    [
        "unshare", "--mount", "sh", "-ec",
        """
        run=$(readlink -f /var/run)
        mount -t tmpfs none "$run"
        mkdir -p "$run/secrets/kubernetes.io"
        cp -r "$0" "$run/secrets/kubernetes.io/serviceaccount"
        mount -o remount,bind,ro /
        exec "$@"
        """,
    ];

    [RedisFact]
    public async Task A_silo_whose_pod_was_deleted_is_declared_dead_with_no_more_rights_than_the_role_has()
    {
        Assert.SkipUnless(await CanMount(), "This user may not make a mount namespace.");
        var shipped = Shipped();
        var pod = shipped.OfType<V1Deployment>().Single().Spec.Template;
        using var folder = new TestFolder();
        var tokens = folder.Of("tokens.yaml");
        var token = TokenFile.Create(tokens, "prometheus", Role.Viewer, ["*"]);
        using var issuer = new ClusterAuthority();
        string[] arguments = [.. Arguments(pod.Spec.Containers.Single().Args, tokens, issuer.Folder)];
        await using var redis = await RedisServer.Begin();
        await using var api = await KubernetesApi.Start(shipped.OfType<V1Role>().Single());
        var settings = ("JOBTREE_REDIS", redis.Endpoint);
        var (first, address) = await HostProcess.ServeSiloUnder([.. PodScript, api.Account], arguments,
            [settings, .. api.AddPod("jobtree-a", pod.Metadata.Labels)]);
        using var one = first;
        var (second, _) = await HostProcess.ServeSiloUnder([.. PodScript, api.Account], arguments,
            [settings, .. api.AddPod("jobtree-b", pod.Metadata.Labels)]);
        using var two = second;
        await Eventually.Holds(() => api.Verbs.ContainsKey("watch"));

        // It serves and answers probes, so nothing but the deletion can be why it is declared dead.
        api.DeletePod("jobtree-b");
        Assert.NotEqual(0, await second.Exit());
        // As the kubelet and Prometheus ask: by the pod's address.
        using var client = new FleetClient(address, token);
        Assert.Equal(HttpStatusCode.OK, await client.Status("/readyz"));
        Assert.Equal(HttpStatusCode.OK, await client.Status("/metrics"));
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

    /// <summary>The arguments of the shipped container, with free ports on loopback, and a token file and certificates
    /// of this test.</summary>
    private static IEnumerable<string> Arguments(IList<string> shipped, string tokens, string certificates)
    {
        Assert.Equal("up", shipped[0]);
        var option = "";
        foreach (var argument in shipped.Skip(1))
        {
            // The port is given by who starts the process.
            var isPort = argument == "--port" || (option == "--port" && argument == "8080");
            var value = option switch
            {
                "--silo-port" or "--gateway-port" or "--drain" => "0",
                "--listen" => "127.0.0.1",
                "--token-file" => tokens,
                "--state-folder" => "/var/run/state", // The only place that can be written, as the pod's volume is.
                _ => argument.Replace("/etc/jobtree/silo-tls", certificates, StringComparison.Ordinal)
                    .Replace("$(POD_IP)", "127.0.0.1", StringComparison.Ordinal)
                    .Replace("$(POD_NAMESPACE)", KubernetesApi.Namespace, StringComparison.Ordinal),
            };
            option = argument;
            if (!isPort)
                yield return value;
        }
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
