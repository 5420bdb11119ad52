namespace Jobtree.Monitoring.Tests.Stack;

/// <summary>The shipped configurations of Prometheus and Alertmanager, read by their own tools.</summary>
public sealed class PrometheusConfigurationTests
{
    private const string Folder = "deploy/compose";
    private const string Routing = $"{Folder}/alertmanager/alertmanager.yml";

    [Theory]
    [InlineData("prometheus.yml")]
    [InlineData("local.yml")]
    public async Task Prometheus_takes_its_configuration(string file)
    {
        Assert.SkipUnless(Programs.Find("promtool") is not null, "promtool is not on PATH.");
        var path = Path.Combine(Sources.Root, Folder, "prometheus", file);
        Assert.Contains("SUCCESS", await Programs.Run("promtool", ["check", "config", "--syntax-only", path]),
            StringComparison.Ordinal);
    }

    [Fact]
    public void One_machine_is_scraped_and_judged_as_the_cluster()
    {
        var cluster = Yaml.Read($"{Folder}/prometheus/prometheus.yml");
        var local = Yaml.Read($"{Folder}/prometheus/local.yml");
        foreach (var interval in new[] { "scrape_interval", "evaluation_interval" })
        {
            Assert.Equal("15s", cluster.At("global", interval));
            Assert.Equal("15s", local.At("global", interval));
        }

        var (silos, silo) = (Silos(cluster), Silos(local));
        // The silos of the cluster ask for a token; their addresses differ.
        foreach (var key in silos.Keys.Except(["authorization", "static_configs"]))
            Assert.Equal(silos[key], silo[key]);
        Assert.Equal("/etc/prometheus/alerts/*.rules.yaml", cluster.List("rule_files").Single());
        Assert.Equal("../../../alerts/*.rules.yaml", local.List("rule_files").Single());
    }

    [Fact]
    public async Task Alertmanager_takes_its_configuration()
    {
        Assert.SkipUnless(Programs.Find("amtool") is not null, "amtool is not on PATH.");
        Assert.Contains("SUCCESS",
            await Programs.Run("amtool", ["check-config", Path.Combine(Sources.Root, Routing)]),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("critical", "page")]
    [InlineData("warning", "chat")]
    [InlineData("info", "listed")]
    [InlineData("", "listed")]
    public async Task Alerts_are_routed_by_severity(string severity, string receiver)
    {
        Assert.SkipUnless(Programs.Find("amtool") is not null, "amtool is not on PATH.");
        await Programs.Run("amtool",
        [
            "config", "routes", "test", $"--config.file={Path.Combine(Sources.Root, Routing)}",
            $"--verify.receivers={receiver}", $"severity={severity}", "alertname=JobtreeResolverStorm", "flavor=H100",
        ]);
    }

    /// <summary>Every alert that is shipped has a severity that the routing knows.</summary>
    [Fact]
    public void No_shipped_alert_is_only_listed()
    {
        var severities = Sources.Repository().List("alerts", ".rules.yaml").SelectMany(path =>
                Yaml.Read(path).List("groups").SelectMany(group => group.List("rules")))
            .Cast<IDictionary<object, object>>().Where(rule => rule.ContainsKey("alert"))
            .Select(rule => rule.Map("labels").Text("severity")).ToHashSet();
        Assert.Equal(new HashSet<string?> { "critical", "warning" }, severities);
    }

    private static IDictionary<object, object> Silos(IDictionary<object, object> configuration) =>
        configuration.List("scrape_configs").Cast<IDictionary<object, object>>()
            .Single(job => job.Text("job_name") == "jobtree");
}
