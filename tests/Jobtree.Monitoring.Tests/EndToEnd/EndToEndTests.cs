using System.Globalization;
using System.Text;

namespace Jobtree.Monitoring.Tests.EndToEnd;

/// <summary>
/// The whole way from a run to a person: the silo under load, a real Prometheus with the shipped configuration and
/// rules, a real Alertmanager with the shipped routing, and what they send. Waiting is shortened
/// (<see cref="ShorterTime"/>); all expressions are as shipped.
/// </summary>
public sealed class EndToEndTests(WatchedFleet fleet) : IClassFixture<WatchedFleet>
{
    private const string Storm = "STORM-GPU";
    private const string Backlog = "BACKLOG-GPU";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    [Fact]
    public async Task A_storm_and_a_backlog_reach_a_person()
    {
        Assert.SkipUnless(WatchedFleet.MissingBecause is null, WatchedFleet.MissingBecause ?? "");
        await fleet.Apply(Nodes(Storm, 6) + Nodes(Backlog, 1) + Budget(Storm, 48) + Budget(Backlog, 16));
        // A rate needs the value before the storm.
        await Eventually.Holds(
            () => Has($"jobtree_resolver_actions_total{{flavor=\"{Storm}\"}}"), Patience, "the new flavor is scraped");
        await fleet.Apply(Waiting());
        await fleet.Apply(Cutting());
        // 48 cuts in 5 minutes are more than five a minute, whatever else the day brings.
        await Eventually.Holds(
            () => Has($"60 * job_flavor_kind:jobtree_resolver_actions:rate5m{{flavor=\"{Storm}\"}} > 5"),
            Patience, "the storm is recorded");
        await Fires("JobtreeResolverStorm", null);
        await Fires("JobtreeReservationDelay", Backlog);
        await Told("JobtreeResolverStorm", "runbooks/JobtreeResolverStorm.md");
        await Told("JobtreeReservationDelay", Backlog);
    }

    [Fact]
    public async Task All_rules_can_be_evaluated()
    {
        Assert.SkipUnless(WatchedFleet.MissingBecause is null, WatchedFleet.MissingBecause ?? "");
        await Eventually.Holds(async () => (await fleet.Prometheus.Rules()).All(rule => rule.Health != "unknown"),
            Patience, "every rule was evaluated");
        var rules = await fleet.Prometheus.Rules();
        Assert.NotEmpty(rules);
        Assert.Empty(rules.Where(rule => rule.Health != "ok").Select(rule => $"{rule.Name}: {rule.Error}"));
    }

    [Fact]
    public async Task Recording_rules_have_values()
    {
        Assert.SkipUnless(WatchedFleet.MissingBecause is null, WatchedFleet.MissingBecause ?? "");
        await AllHaveData((await Recorded()).Select(rule => ($"rule {rule.Name}", rule.Name, rule.Expression)));
    }

    [Fact]
    public async Task Every_panel_of_every_dashboard_has_something_to_show()
    {
        Assert.SkipUnless(WatchedFleet.MissingBecause is null, WatchedFleet.MissingBecause ?? "");
        await AllHaveData(PanelQueries.All().Select(query => (query.Place, query.Expression, query.Expression)));
    }

    [Fact]
    public async Task Every_name_and_line_of_the_documents_has_data()
    {
        Assert.SkipUnless(WatchedFleet.MissingBecause is null, WatchedFleet.MissingBecause ?? "");
        await AllHaveData(SeedQueries.All().Select(query => (query.Place, query.Expression, query.Expression)));
    }

    [Fact]
    public async Task The_day_ends_with_what_the_fleets_own_metrics_say()
    {
        Assert.SkipUnless(WatchedFleet.MissingBecause is null, WatchedFleet.MissingBecause ?? "");
        await Eventually.Holds(
            () => fleet.SiloSaid.Contains("ledger violations", StringComparison.Ordinal), Patience, "the day is over");
        var said = fleet.SiloSaid;
        foreach (var word in new[]
        {
            "bound", "reserved", "waiting", "succeeded", "failed", "cancelled", "ReclaimUnfunded", "borrowed", "owned",
            "shared", "A100-40GB",
        })
            Assert.Contains($"{word} ", said, StringComparison.Ordinal);
        Assert.Contains("ledger violations     none", said, StringComparison.Ordinal);
        Assert.DoesNotContain("answered otherwise than planned", said, StringComparison.Ordinal);
    }

    /// <summary>Waits until each query has a result, unless it is about what does not run here.</summary>
    private async Task AllHaveData(IEnumerable<(string Place, string Query, string Expression)> queries)
    {
        var expected = new Expected(await Recorded());
        var waiting = queries.Where(query => !expected.MayBeEmpty(query.Expression)).ToList();
        Assert.NotEmpty(waiting);
        try
        {
            await Eventually.Holds(
                async () =>
                {
                    for (var i = waiting.Count - 1; i >= 0; i--)
                    {
                        if (await Has(waiting[i].Query))
                            waiting.RemoveAt(i);
                    }

                    // The next round is worth it after the next evaluation.
                    return waiting.Count == 0 || await AfterEvaluation();
                },
                Patience);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"No data for:\n{string.Join('\n', waiting.Select(late => $"{late.Place}: {late.Query}"))}");
        }
    }

    private static async Task<bool> AfterEvaluation()
    {
        await Task.Delay(TimeSpan.FromSeconds(15) / ShorterTime.Scraping);
        return false;
    }

    private async Task<IReadOnlyList<PrometheusRule>> Recorded() =>
        [.. (await fleet.Prometheus.Rules()).Where(rule => rule.Type == "recording")];

    /// <summary>Guests fill the storm's nodes; one run fills the backlog's node for two hours, and one waits.</summary>
    private static string Waiting()
    {
        var runs = new StringBuilder();
        for (var i = 0; i < 48; i++)
            runs.Append(Run(Storm, "guest", $"guest-{i}", 1));
        for (var i = 0; i < 2; i++)
            runs.Append(Run(Backlog, "late", $"long-{i}", 8));
        return runs.ToString();
    }

    /// <summary>Funded runs, each of which cuts eight guests.</summary>
    private static string Cutting() => string.Concat(
        Enumerable.Range(0, 6).Select(i => Run(Storm, "funded", $"funded-{i}", 8)));

    private async Task Fires(string alert, string? flavor) => await Eventually.Holds(
        async () => (await fleet.Prometheus.Alerts()).Any(found => found.Name == alert && found.State == "firing"
            && found.Labels.GetValueOrDefault("flavor") == flavor),
        Patience, $"{alert} of {flavor} fires");

    /// <summary>Warnings go to the chat.</summary>
    private async Task Told(string alert, string detail) => await Eventually.Holds(
        () => fleet.Notifications.Received.Any(sent => sent.Path == "/chat"
            && sent.Body.Contains(alert, StringComparison.Ordinal)
            && sent.Body.Contains(detail, StringComparison.Ordinal)),
        Patience, $"the chat is told of {alert} with {detail}");

    private async Task<bool> Has(string expression) => (await fleet.Prometheus.Query(expression)).Count > 0;

    private static string Nodes(string flavor, int count) => string.Concat(Enumerable.Range(0, count).Select(i => $$"""
        ---
        apiVersion: jobtree.dev/v1
        kind: Node
        metadata:
          name: {{Name(flavor)}}-{{i}}
          labels: {fabric.domain: {{Name(flavor)}} }
        spec: {flavor: {{flavor}}, gpus: 8}

        """));

    private static string Budget(string flavor, int gpus) => $$"""
        ---
        apiVersion: jobtree.dev/v1
        kind: Budget
        metadata: {name: {{Name(flavor)}}, namespace: {{Name(flavor)}} }
        spec:
          owner: org:{{Name(flavor)}}
          envelopes:
            - {name: all, flavor: {{flavor}}, concurrency: {{gpus}}, start: "2020-01-01T00:00:00Z",
               end: "2100-01-01T00:00:00Z"}

        """;

    private static string Run(string flavor, string kind, string name, int gpus) => $$"""
        ---
        apiVersion: jobtree.dev/v1
        kind: Run
        metadata: {name: {{name}}, namespace: {{Name(flavor)}} }
        spec:
          owner: org:{{(kind == "guest" ? "guest" : Name(flavor))}}
          resources: {gpuType: {{flavor}}, totalGPUs: {{gpus}} }
          runtime: {expectedDuration: 2h}

        """;

    private static string Name(string flavor) => flavor.ToLower(CultureInfo.InvariantCulture);
}
