using System.Text.RegularExpressions;

namespace Jobtree.Monitoring.Tests.Stack;

/// <summary>The compose file: what it starts fits together, and nothing of it is open or secret.</summary>
public sealed class ComposeTests
{
    private const string Folder = "deploy/compose";

    private static readonly IDictionary<object, object> Compose = Yaml.Read($"{Folder}/compose.yaml");

    private static IEnumerable<(string Name, IDictionary<object, object> Service)> Services =>
        Compose.Map("services").Select(service => ((string)service.Key, (IDictionary<object, object>)service.Value));

    [Fact]
    public void The_whole_stack_is_there()
    {
        Assert.Equal(
            ["alertmanager", "collector", "demo", "grafana", "loki", "postgres", "prometheus", "redis", "silo-1",
                "silo-2", "silo-3", "tempo"],
            Services.Select(service => service.Name).Order(StringComparer.Ordinal));
        var prometheus = Compose.Map("services", "prometheus").List("command");
        Assert.Contains("--storage.tsdb.retention.time=30d", prometheus);
        Assert.Contains("--enable-feature=exemplar-storage", prometheus);
        Assert.Equal("168h", Yaml.Read($"{Folder}/loki/loki.yaml").Map("limits_config").List("retention_stream")
            .Cast<IDictionary<object, object>>().Single(stream => stream.Text("priority") == "1").Text("period"));
        Assert.Equal("24h", Yaml.Read($"{Folder}/tempo/tempo.yaml").At("compactor", "compaction", "block_retention"));
    }

    [Fact]
    public void Every_port_is_on_the_loopback_address()
    {
        var ports = Services.Where(service => service.Service.ContainsKey("ports"))
            .SelectMany(service => service.Service.List("ports")).Select(port => $"{port}").ToList();
        Assert.All(ports, port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));
        foreach (var port in new[] { 3000, 9090, 3100, 9093 })
            Assert.Contains($"127.0.0.1:{port}:{port}", ports);
    }

    [Fact]
    public void What_is_mounted_is_in_the_repository()
    {
        var mounts = Services.Where(service => service.Service.ContainsKey("volumes"))
            .SelectMany(service => service.Service.List("volumes")).Select(mount => $"{mount}".Split(':')[0])
            .Where(source => source.StartsWith('.')).Distinct().ToList();
        Assert.NotEmpty(mounts);
        Assert.All(mounts, mount => Assert.True(
            Path.Exists(Path.Combine(Sources.Root, Folder, mount)), $"{mount} is mounted and not there."));
    }

    [Fact]
    public void Named_volumes_networks_and_secrets_are_declared()
    {
        foreach (var (name, service) in Services)
        {
            Check(name, service, "secrets", secret => secret);
            Check(name, service, "networks", network => network);
            Check(name, service, "volumes", volume => Regex.Match(volume, @"^(\w+):").Groups[1].Value);
        }

        static void Check(
            string name, IDictionary<object, object> service, string kind, Func<string, string> declared)
        {
            if (!service.ContainsKey(kind))
                return;
            foreach (var used in service.List(kind).Select(used => declared($"{used}")).Where(used => used.Length > 0))
                Assert.True(Compose.Map(kind).ContainsKey(used), $"{name} uses the undeclared {kind} {used}.");
        }
    }

    [Fact]
    public void Images_have_versions_and_services_no_rights()
    {
        foreach (var (name, service) in Services)
        {
            var image = service.Text("image")!;
            Assert.True(image == "jobtree-silo" || Regex.IsMatch(image, @":v?\d"), $"{name} takes {image}.");
            // Both start as root, to own their volume, and go on as a user of theirs.
            Assert.True(name is "redis" or "postgres" || service.List("cap_drop").Contains("ALL"),
                $"{name} keeps rights.");
        }
    }

    [Fact]
    public void No_file_has_a_secret()
    {
        var files = Directory.EnumerateFiles(Path.Combine(Sources.Root, Folder), "*", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/secrets/", StringComparison.Ordinal)
                && !file.Contains("/workloads/", StringComparison.Ordinal));
        foreach (var file in files)
        {
            // A value is a file, a variable, or a list of names of secrets.
            foreach (Match found in Regex.Matches(File.ReadAllText(file),
                @"^\s*-?\s*\w*(?:password|api_key|token|secret|routing_key|api_url)\w*: *(?<value>\S.*)$",
                RegexOptions.Multiline | RegexOptions.IgnoreCase))
            {
                var value = found.Groups["value"].Value;
                Assert.True(Regex.IsMatch(value, @"^(/run/secrets/|\$\{|\[)"), $"{file}: {found.Value.Trim()}");
            }
        }
    }

    [Fact]
    public void Grafana_has_its_data_sources_and_dashboards()
    {
        var sources = Yaml.Read($"{Folder}/grafana/provisioning/datasources/datasources.yaml").List("datasources")
            .Cast<IDictionary<object, object>>().ToList();
        Assert.Equal(["Prometheus", "Loki", "Tempo", "Alertmanager"], sources.Select(source => source.Text("name")));
        Assert.Equal(["prometheus", "loki", "tempo", "alertmanager"], sources.Select(source => source.Text("type")));
        Assert.All(sources, source => Assert.Equal("proxy", source.Text("access")));
        Assert.All(sources, source => Assert.Matches(@"^http://(\w+):\d+$", source.Text("url")!));
        Assert.All(sources, source => Assert.True(
            Compose.Map("services").ContainsKey(new Uri(source.Text("url")!).Host), source.Text("url")));
        Assert.Equal("Prometheus", sources.Single(source => source.Text("isDefault") == "True").Text("name"));
        var provider = (IDictionary<object, object>)Yaml.Read(
            $"{Folder}/grafana/provisioning/dashboards/dashboards.yaml").List("providers").Single();
        Assert.Contains($"../../dashboards:{provider.At("options", "path")}:ro",
            Compose.Map("services", "grafana").List("volumes"));
    }
}
