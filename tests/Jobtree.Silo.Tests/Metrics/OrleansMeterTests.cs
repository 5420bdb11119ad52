using System.Diagnostics.Metrics;
using System.Globalization;
using Jobtree.Silo.Metrics;
using Jobtree.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace Jobtree.Silo.Tests.Metrics;

public sealed class OrleansMeterTests : IDisposable
{
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private IMeterFactory Meters => services.GetRequiredService<IMeterFactory>();

    public void Dispose() => services.Dispose();

    [Fact]
    public void Counters_gauges_and_histograms_are_on_the_page_by_the_names_of_open_telemetry()
    {
        using var heard = new OrleansMeter(Meters);
        var meter = Meters.Create("Microsoft.Orleans");
        meter.CreateCounter<int>("orleans-sockets-opened").Add(3);
        var grains = meter.CreateUpDownCounter<int>("orleans-grains");
        grains.Add(2, new KeyValuePair<string, object?>("type", "Jobtree.Grains.Hosting.RunGrain,Jobtree.Grains"));
        grains.Add(-1, new KeyValuePair<string, object?>("type", "Jobtree.Grains.Hosting.RunGrain,Jobtree.Grains"));
        meter.CreateObservableCounter("orleans-seen", () => 7L);
        meter.CreateObservableGauge(
            "orleans-memory", () => new Measurement<double>(1.5, [new("kind", "a \"b\"\n")]), "bytes");
        var latency = meter.CreateHistogram<double>("orleans-latency", "ms");
        latency.Record(2);
        latency.Record(5_000_000);

        var page = Page(heard);
        Assert.Contains("# TYPE orleans_sockets_opened_total counter\norleans_sockets_opened_total 3\n", page,
            StringComparison.Ordinal);
        Assert.Contains(
            "# TYPE orleans_grains gauge\norleans_grains{type=\"Jobtree.Grains.Hosting.RunGrain,Jobtree.Grains\"} 1\n",
            page, StringComparison.Ordinal);
        Assert.Contains("orleans_seen_total 7\n", page, StringComparison.Ordinal);
        Assert.Contains("orleans_memory_bytes{kind=\"a \\\"b\\\"\\n\"} 1.5\n", page, StringComparison.Ordinal);
        Assert.Contains("orleans_latency_milliseconds_bucket{le=\"1\"} 0\n", page, StringComparison.Ordinal);
        Assert.Contains("orleans_latency_milliseconds_bucket{le=\"3\"} 1\n", page, StringComparison.Ordinal);
        Assert.Contains(
            "orleans_latency_milliseconds_bucket{le=\"+Inf\"} 2\norleans_latency_milliseconds_sum 5000002\norleans_latency_milliseconds_count 2\n", page, StringComparison.Ordinal);
        // What is observed is a total already; asking again adds nothing.
        Assert.Contains("orleans_seen_total 7\n", Page(heard), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Grains_in_memory_are_told_by_the_names_that_people_know()
    {
        using var heard = new OrleansMeter(Meters);
        var grains = Meters.Create("Microsoft.Orleans").CreateUpDownCounter<int>("orleans-grains");
        grains.Add(2, new KeyValuePair<string, object?>("type", "Jobtree.Grains.Listing.RunIndexGrain,Jobtree.Grains"));
        grains.Add(1, new KeyValuePair<string, object?>("type", "Orleans.Runtime.ManagementGrain"));
        var registry = new MetricRegistry();
        var scrape = new Scrape(registry);
        await new GrainActivations(heard).Collect(scrape, CancellationToken.None);
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        PrometheusText.Write(text, registry, scrape);
        Assert.Contains("jobtree_grain_activations{grain=\"run-index\"} 2\n", text.ToString(),
            StringComparison.Ordinal);
        Assert.DoesNotContain("management", text.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_tag_with_ever_new_values_does_not_fill_the_memory()
    {
        using var heard = new OrleansMeter(Meters);
        var counter = Meters.Create("Microsoft.Orleans").CreateCounter<long>("orleans-noisy");
        for (var i = 0; i < 2_000; i++)
            counter.Add(1, new KeyValuePair<string, object?>("request", i));
        Assert.Equal(500, Page(heard).Split('\n')
            .Count(line => line.StartsWith("orleans_noisy_total{", StringComparison.Ordinal)));
    }

    [Fact]
    public void Meters_of_others_are_not_its_own()
    {
        using var heard = new OrleansMeter(Meters);
        using var others = new ServiceCollection().AddMetrics().BuildServiceProvider();
        others.GetRequiredService<IMeterFactory>().Create("Microsoft.Orleans").CreateCounter<int>("orleans-elsewhere")
            .Add(1);
        Meters.Create("Some.Library").CreateCounter<int>("orleans-not").Add(1);
        Assert.Empty(Page(heard));
    }

    private static string Page(OrleansMeter meter)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        meter.Write(text);
        return text.ToString();
    }
}
