using System.Text;
using Jobtree.Silo.Tests.Hosting;

namespace Jobtree.Monitoring.Tests.EndToEnd;

/// <summary>
/// A silo under the load of the demo's day, a Prometheus that scrapes it and judges it by the shipped configuration and
/// rules, and an Alertmanager that routes what fires by the shipped configuration. All are started once for the class.
/// </summary>
public sealed class WatchedFleet : IAsyncLifetime
{
    private const string Configuration = "deploy/compose/prometheus/local.yml";
    private const string Routing = "deploy/compose/alertmanager/alertmanager.yml";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("jobtree-watched-");
    private readonly HttpClient http = new();
    private readonly List<ServerProcess> servers = [];
    private HostProcess? silo;
    private Notifications? notifications;
    private Prometheus? prometheus;

    /// <summary>Why it cannot be started here; null: it can.</summary>
    public static string? MissingBecause => new[] { "prometheus", "prometheus-alertmanager" }
        .Where(program => Programs.Find(program) is null).Select(program => $"{program} is not on PATH.")
        .FirstOrDefault();

    internal Prometheus Prometheus => prometheus!;

    internal Notifications Notifications => notifications!;

    internal string SiloSaid => silo!.Said;

    internal string ServersSaid => string.Join('\n', servers.Select(server => server.Said));

    public async ValueTask InitializeAsync()
    {
        if (MissingBecause is not null)
            return;
        notifications = new Notifications();
        (silo, var api) = await HostProcess.ServeCommand("demo", "--port", "0", "--minutes", "0.4", "--seed", "3");
        http.BaseAddress = api;
        var (alertmanagerPort, prometheusPort) = (ServerProcess.FreePort(), ServerProcess.FreePort());
        servers.Add(await ServerProcess.Start("prometheus-alertmanager", alertmanagerPort,
            $"--config.file={WriteRouting()}",
            $"--storage.path={folder.FullName}/alertmanager",
            $"--web.listen-address=127.0.0.1:{alertmanagerPort}",
            "--cluster.listen-address="));
        servers.Add(await ServerProcess.Start("prometheus", prometheusPort,
            $"--config.file={WriteConfiguration(api.Port, alertmanagerPort, prometheusPort)}",
            $"--storage.tsdb.path={folder.FullName}/prometheus",
            $"--web.listen-address=127.0.0.1:{prometheusPort}",
            "--enable-feature=exemplar-storage"));
        prometheus = new Prometheus(servers[^1].Address);
    }

    /// <summary>Applies manifests to the fleet.</summary>
    internal async Task Apply(string manifests)
    {
        using var body = new StringContent(manifests, Encoding.UTF8, "application/yaml");
        using var answer = await http.PostAsync("v1/manifests", body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        prometheus?.Dispose();
        foreach (var server in servers)
            await server.DisposeAsync();
        if (silo is not null)
        {
            await silo.Stop();
            silo.Dispose();
        }

        if (notifications is not null)
            await notifications.DisposeAsync();
        http.Dispose();
        folder.Delete(recursive: true);
    }

    /// <summary>The shipped configuration, with the ports of this test, and the shipped rules beside it.</summary>
    private string WriteConfiguration(int silo, int alertmanager, int prometheus)
    {
        var repository = Sources.Repository();
        foreach (var path in repository.List("alerts", ".rules.yaml"))
            Write($"alerts/{Path.GetFileName(path)}", ShorterTime.Of(repository.Read(path)));
        return Write("prometheus.yml", ShorterTime.Of(repository.Read(Configuration))
            .Replace("../../../alerts/", "alerts/", StringComparison.Ordinal)
            .Replace("127.0.0.1:8080", $"127.0.0.1:{silo}", StringComparison.Ordinal)
            .Replace("127.0.0.1:9093", $"127.0.0.1:{alertmanager}", StringComparison.Ordinal)
            .Replace("127.0.0.1:9090", $"127.0.0.1:{prometheus}", StringComparison.Ordinal));
    }

    /// <summary>The shipped routing. Its secrets lead to this test instead of PagerDuty and Slack.</summary>
    private string WriteRouting()
    {
        var chat = Write("chat-url", $"{notifications!.Address}chat");
        var page = Write("page-key", "key");
        return Write("alertmanager.yml", ShorterTime.Of(Sources.Repository().Read(Routing))
            .Replace("/run/secrets/chat-url", chat, StringComparison.Ordinal)
            .Replace("/run/secrets/page-key", page, StringComparison.Ordinal)
            .Replace("global:\n", $"global:\n  pagerduty_url: {notifications.Address}page\n",
                StringComparison.Ordinal));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
