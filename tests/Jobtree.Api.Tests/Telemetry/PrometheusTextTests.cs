using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Jobtree.Telemetry;

namespace Jobtree.Api.Tests.Telemetry;

public sealed class PrometheusTextTests
{
    [Fact]
    public void A_histogram_has_cumulative_buckets_a_sum_and_a_count()
    {
        var registry = new MetricRegistry();
        var metrics = new FleetMetrics(registry);
        metrics.Admitted("H100", "bound", TimeSpan.FromMilliseconds(1));
        metrics.Admitted("H100", "bound", TimeSpan.FromMilliseconds(2));
        metrics.Admitted("H100", "bound", TimeSpan.FromSeconds(60));
        var lines = Lines(registry).Where(line => line.Contains("admission_latency", StringComparison.Ordinal))
            .ToList();
        Assert.StartsWith("# HELP jobtree_runs_admission_latency_seconds ", lines[0], StringComparison.Ordinal);
        Assert.Equal("# TYPE jobtree_runs_admission_latency_seconds histogram", lines[1]);
        Assert.Contains(
            "jobtree_runs_admission_latency_seconds_bucket{flavor=\"H100\",result=\"bound\",le=\"0.0005\"} 0", lines);
        Assert.Contains(
            "jobtree_runs_admission_latency_seconds_bucket{flavor=\"H100\",result=\"bound\",le=\"0.001\"} 1", lines);
        Assert.Contains(
            "jobtree_runs_admission_latency_seconds_bucket{flavor=\"H100\",result=\"bound\",le=\"0.0025\"} 2", lines);
        Assert.Contains("jobtree_runs_admission_latency_seconds_bucket{flavor=\"H100\",result=\"bound\",le=\"10\"} 2",
            lines);
        Assert.Contains("jobtree_runs_admission_latency_seconds_bucket{flavor=\"H100\",result=\"bound\",le=\"+Inf\"} 3",
            lines);
        Assert.Contains("jobtree_runs_admission_latency_seconds_sum{flavor=\"H100\",result=\"bound\"} 60.003", lines);
        Assert.Equal("jobtree_runs_admission_latency_seconds_count{flavor=\"H100\",result=\"bound\"} 3", lines[^1]);
    }

    [Fact]
    public void Label_values_are_escaped()
    {
        var registry = new MetricRegistry();
        registry.Counter(Catalogue.Decisions).With("a\\b\"c\nd", "e}").Add(2);
        Assert.Contains("jobtree_decisions_total{flavor=\"a\\\\b\\\"c\\nd\",outcome=\"e}\"} 2", Lines(registry));
    }

    [Fact]
    public void Any_label_value_stays_on_its_line_and_can_be_read_back() => Prop.ForAll<string>(value =>
    {
        var kept = value is null ? "" : value.Length > LabelValues.LengthMax ? value[..LabelValues.LengthMax] : value;
        var registry = new MetricRegistry();
        registry.Counter(Catalogue.RunsFinished).With(value ?? "", "failed").Add();
        var sample = Assert.Single(Text(registry).Split('\n'), line =>
            line.StartsWith("jobtree_runs_finished_total{", StringComparison.Ordinal));
        const string before = "jobtree_runs_finished_total{flavor=\"";
        const string after = "\",status=\"failed\"} 1";
        Assert.EndsWith(after, sample, StringComparison.Ordinal);
        return Unescape(sample[before.Length..^after.Length]) == kept;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_observation_is_in_the_bucket_whose_bound_it_does_not_exceed() => Prop.ForAll<double[]>(values =>
    {
        var registry = new MetricRegistry();
        var series = registry.Histogram(Catalogue.ForecastError).With("H100");
        var numbers = (values ?? []).Where(value => !double.IsNaN(value)).ToList();
        foreach (var value in values ?? [])
            series.Observe(value);
        var lines = Lines(registry);
        return series.Count == numbers.Count
            && (numbers.Count == 0 || Catalogue.ForecastError.Buckets.All(bound => lines.Contains(
            $"jobtree_forecast_error_seconds_bucket{{flavor=\"H100\",le=\"{bound.ToString("R", CultureInfo.InvariantCulture)}\"}} {numbers.Count(value => value <= bound)}")));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_sources_say_is_written_with_what_was_counted_each_label_set_once()
    {
        var registry = new MetricRegistry();
        registry.Counter(Catalogue.Decisions).With("H100", "bound").Add(5);
        registry.Counter(Catalogue.Decisions).With("A100", "bound").Add(1);
        var scrape = new Scrape(registry);
        scrape.Set(Catalogue.Decisions, 7, "H100", "bound");
        scrape.Set(Catalogue.Backlog, double.PositiveInfinity, "H100");
        var lines = Lines(registry, scrape);
        Assert.Equal(2, lines.Count(line => line.StartsWith("jobtree_decisions_total{", StringComparison.Ordinal)));
        Assert.Contains("jobtree_decisions_total{flavor=\"H100\",outcome=\"bound\"} 7", lines);
        Assert.Contains("jobtree_decisions_total{flavor=\"A100\",outcome=\"bound\"} 1", lines);
        Assert.Contains("jobtree_reservations_backlog_seconds{flavor=\"H100\"} +Inf", lines);
        Assert.Single(lines, line => line == "# TYPE jobtree_decisions_total counter");
    }

    [Fact]
    public void A_histogram_that_a_source_gives_takes_the_place_of_what_was_counted_under_the_same_labels()
    {
        var registry = new MetricRegistry();
        registry.Histogram(Catalogue.ForecastError).With("H100").Observe(5.0);
        registry.Histogram(Catalogue.ForecastError).With("A100").Observe(5.0);
        var scrape = new Scrape(registry);
        var counts = new long[Catalogue.ForecastError.Buckets.Count + 1];
        (counts[0], counts[^1]) = (2, 1);
        scrape.Set(Catalogue.ForecastError, counts, -7.5, "H100");
        var lines = Lines(registry, scrape);
        Assert.Contains("jobtree_forecast_error_seconds_bucket{flavor=\"H100\",le=\"-86400\"} 2", lines);
        Assert.Contains("jobtree_forecast_error_seconds_bucket{flavor=\"H100\",le=\"86400\"} 2", lines);
        Assert.Contains("jobtree_forecast_error_seconds_bucket{flavor=\"H100\",le=\"+Inf\"} 3", lines);
        Assert.Contains("jobtree_forecast_error_seconds_sum{flavor=\"H100\"} -7.5", lines);
        Assert.Single(lines, line =>
            line.StartsWith("jobtree_forecast_error_seconds_count{flavor=\"H100\"}", StringComparison.Ordinal));
        Assert.Contains("jobtree_forecast_error_seconds_count{flavor=\"A100\"} 1", lines);
        Assert.Single(lines, line => line == "# TYPE jobtree_forecast_error_seconds histogram");
        Assert.Throws<ArgumentException>(() => scrape.Set(Catalogue.ForecastError, [1, 2], 3, "H100"));
    }

    [Fact]
    public void Label_sets_have_a_bound_and_the_rest_is_counted_together()
    {
        var registry = new MetricRegistry(seriesMax: 3);
        for (var i = 0; i < 10; i++)
            registry.Counter(Catalogue.Decisions).With($"f{i}", "bound").Add();
        var scrape = new Scrape(registry, samplesMax: 2);
        for (var i = 0; i < 5; i++)
            scrape.Set(Catalogue.Backlog, i, $"f{i}");
        scrape.Set(Catalogue.Backlog, 9, "f0");
        var lines = Lines(registry, scrape);
        Assert.Equal(4, lines.Count(line => line.StartsWith("jobtree_decisions_total{", StringComparison.Ordinal)));
        Assert.Contains("jobtree_decisions_total{flavor=\"other\",outcome=\"other\"} 7", lines);
        Assert.Contains("jobtree_series_dropped_total{series=\"jobtree_decisions_total\"} 7", lines);
        Assert.Contains("jobtree_series_dropped_total{series=\"jobtree_reservations_backlog_seconds\"} 3", lines);
        Assert.Contains("jobtree_reservations_backlog_seconds{flavor=\"f0\"} 9", lines);
    }

    [Fact]
    public async Task Nothing_is_lost_between_threads()
    {
        var registry = new MetricRegistry();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                registry.Counter(Catalogue.Decisions).With("H100", "bound").Add();
                registry.Histogram(Catalogue.ForecastLatency).With("H100").Observe(1.0);
                registry.Gauge(Catalogue.ApiWatchers).With().Add(1);
            }
        })));
        Assert.Equal(40_000, registry.Counter(Catalogue.Decisions).With("H100", "bound").Value);
        Assert.Equal(40_000, registry.Histogram(Catalogue.ForecastLatency).With("H100").Count);
        Assert.Equal(40_000, registry.Histogram(Catalogue.ForecastLatency).With("H100").Sum);
        Assert.Equal(40_000, registry.Gauge(Catalogue.ApiWatchers).With().Value);
    }

    [Fact]
    public void Labels_must_be_those_of_the_instrument()
    {
        var registry = new MetricRegistry();
        Assert.Throws<ArgumentException>(() => registry.Counter(Catalogue.Decisions).With("H100"));
        Assert.Throws<KeyNotFoundException>(() => registry.Counter(Catalogue.Backlog));
        Assert.Throws<ArgumentException>(
            () => new Scrape(registry).Set(Catalogue.AdmissionLatency, 1, "H100", "bound"));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => registry.Counter(Catalogue.Decisions).With("H100", "bound").Add(-1));
    }

    private static string Unescape(string text)
    {
        var plain = new System.Text.StringBuilder();
        for (var i = 0; i < text.Length; i++)
            plain.Append(text[i] != '\\' ? text[i] : text[++i] == 'n' ? '\n' : text[i]);
        return plain.ToString();
    }

    private static List<string> Lines(MetricRegistry registry, Scrape? scrape = null) =>
        [.. Text(registry, scrape).Split('\n')];

    private static string Text(MetricRegistry registry, Scrape? scrape = null)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        PrometheusText.Write(writer, registry, scrape ?? new Scrape(registry));
        return writer.ToString();
    }
}
