using Jobtree.Monitoring.Tests.Seeds;

namespace Jobtree.Monitoring.Tests.Logs;

/// <summary>
/// Real lines of a silo and of workloads on their way through the shipped collector and Loki. Neither can be had here:
/// their stages are carried out by this test, from the configuration files as they are shipped.
/// </summary>
public sealed class LogPipelineTests(LoggedFleet fleet) : IClassFixture<LoggedFleet>
{
    private static readonly string[] Levels = ["ERROR", "WARN", "INFO", "DEBUG"];
    private static readonly string[] Categories = ["SCHEDULER", "TARGET", "STATE", "SYSTEM"];

    [Fact]
    public async Task All_lines_of_a_run_are_selected_by_its_name()
    {
        var found = await Select(LogQueryTests.OfARun);
        Assert.Equal(["Epoch 1/2: loss 0.5", "Epoch 2/2: loss 0.4"], found.Select(record => record.Line));
        Assert.All(found, record => Assert.Equal("vision", record.Labels["namespace"]));
        Assert.All(found, record => Assert.Equal("1", record.Metadata["attempt"]));
        Assert.All(found, record => Assert.Equal("0", record.Metadata["rank"]));
    }

    [Fact]
    public async Task Errors_and_progress_of_workloads_are_found_by_their_text()
    {
        var error = Assert.Single(await Select(LogQueryTests.Errors));
        Assert.Equal("ERROR: no number", error.Line);
        Assert.Equal("broken", error.Labels["job_id"]);
        Assert.Equal("err", error.Metadata["stream"]);
        Assert.Equal(3, (await Select(LogQueryTests.Progress)).Count);
    }

    [Fact]
    public async Task Every_logql_line_of_the_documents_selects_something()
    {
        var lines = SeedTable.Shipped(Sources.Repository()).Where(row => row.Kind == "logql").ToList();
        Assert.NotEmpty(lines);
        foreach (var line in lines)
            Assert.NotEmpty(await Select(line.Item));
    }

    [Fact]
    public async Task Lines_of_the_silo_have_their_level_category_and_instance()
    {
        var found = await Select("""{job="jobtree", format="json", instance="silo-2"}""");
        Assert.NotEmpty(found);
        Assert.All(found, record => Assert.Contains(record.Labels["level"], Levels));
        Assert.All(found, record => Assert.Contains(record.Labels["category"], Categories));
        Assert.Contains(found, record => record.Labels["category"] == "SCHEDULER");
        Assert.All(fleet.OfSilo.Where(entry => entry.Resource["format"] is "json"),
            entry => Assert.NotNull(entry.Timestamp));
        // No name of a run becomes a label of a silo's lines.
        Assert.All(found, record => Assert.DoesNotContain("job_id", record.Labels.Keys));
    }

    [Fact]
    public async Task Retention_follows_format_and_level()
    {
        Skip();
        static LokiRecord Of(params (string, string)[] labels) =>
            new(labels.ToDictionary(), "", new Dictionary<string, string>());
        var days = new[]
        {
            Of(("format", "json"), ("level", "ERROR")), Of(("format", "json"), ("level", "WARN")),
            Of(("format", "json"), ("level", "INFO")), Of(("format", "json"), ("level", "DEBUG")),
            Of(("format", "json")), Of(("format", "text")),
        }.Select(record => fleet.Loki.Retention(record).TotalDays);
        Assert.Equal([30, 14, 7, 2, 7, 3], days);
        foreach (var record in await Select("""{job="training"}"""))
            Assert.Equal(3, fleet.Loki.Retention(record).TotalDays);
    }

    [Fact]
    public void Lines_of_other_containers_are_dropped()
    {
        Skip();
        var silos = new FilelogPipeline(
            Yaml.Read("deploy/compose/collector/collector.yaml").Map("receivers", "filelog/silos"));
        Assert.Null(silos.Process(LoggedFleet.Docker("{}", tag: "grafana"), "log"));
        Assert.Null(silos.Process(LoggedFleet.Docker("{}", tag: null), "log"));
        Assert.Equal("text", silos.Process(LoggedFleet.Docker("Serving http://…"), "log")!.Resource["format"]);
    }

    private static void Skip() =>
        Assert.SkipUnless(LoggedFleet.MissingBecause is null, LoggedFleet.MissingBecause ?? "");

    private async Task<IReadOnlyList<LokiRecord>> Select(string query)
    {
        Skip();
        var parsed = (await LogQuery.Parse(query)).Single();
        Assert.Null(parsed.Error);
        return [.. fleet.Records.Where(parsed.Selects)];
    }
}
