using System.Diagnostics.Metrics;
using Jobtree.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace Jobtree.Api.Tests.Telemetry;

public sealed class FleetMetricsTests : IDisposable
{
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private IMeterFactory Meters => services.GetRequiredService<IMeterFactory>();

    public void Dispose() => services.Dispose();

    [Fact]
    public void What_is_reported_has_the_name_unit_buckets_and_labels_of_the_catalogue()
    {
        var metrics = new FleetMetrics(Meters);
        Dictionary<Instrument, string[]> heard = [];
        using var listener = Listen((instrument, labels) => heard[instrument] = labels);
        Report(metrics);
        listener.RecordObservableInstruments();
        foreach (var (instrument, labels) in heard)
        {
            var metric = Catalogue.All.Single(metric => metric.InstrumentName == instrument.Name);
            Assert.Equal(metric.Labels, labels);
            Assert.Equal(metric.InstrumentUnit, instrument.Unit);
            Assert.Equal(metric.Help, instrument.Description);
            Assert.Equal(metric.Buckets, (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries ?? []);
        }

        Assert.Equal(27, heard.Count);
    }

    [Fact]
    public void A_listener_that_throws_does_not_reach_those_who_report()
    {
        var metrics = new FleetMetrics(Meters);
        var calls = 0;
        using var listener = Listen((_, _) => throw new InvalidOperationException($"Listener {calls++}."));
        Report(metrics);
        Assert.Equal(23, calls);
    }

    [Fact]
    public void Values_that_are_read_have_as_many_labels_as_their_metric()
    {
        Assert.Throws<ArgumentException>(() => Catalogue.Gpus.Measure(1, "H100"));
        var measured = Catalogue.Gpus.Measure(1, "H100", "free");
        Assert.Equal([new("flavor", "H100"), new("state", "free")], measured.Tags.ToArray());
    }

    private static void Report(FleetMetrics metrics)
    {
        metrics.Admitted("H100", "bound", TimeSpan.FromMilliseconds(1));
        metrics.Forecast("H100", TimeSpan.FromMilliseconds(1));
        metrics.Started("H100", TimeSpan.FromSeconds(-1));
        metrics.Appended("silo", "append", TimeSpan.FromMilliseconds(1), 3);
        metrics.Finished("H100", "succeeded", TimeSpan.FromSeconds(1));
        metrics.Decided("fundable", TimeSpan.FromMilliseconds(1));
        metrics.Waited("H100", TimeSpan.FromSeconds(1));
        metrics.Answered("/v1/runs", "POST", 201, TimeSpan.FromMilliseconds(1));
        metrics.Called("run", "Submit", "ok", TimeSpan.FromMilliseconds(1));
        metrics.Violated(9);
        metrics.Failed("api", "TimeoutException");
        metrics.Succeeded("audit", DateTimeOffset.UnixEpoch);
        metrics.Passed("audit", TimeSpan.FromMilliseconds(1), DateTimeOffset.UnixEpoch);
        metrics.Passed("audit", TimeSpan.FromMilliseconds(1), null);
        metrics.Retried("journal", "timeout");
        metrics.Ordered("start", true, TimeSpan.FromMilliseconds(1));
        metrics.Ordered("stop", false, TimeSpan.FromMilliseconds(1));
        metrics.RedisAnswered(TimeSpan.FromMilliseconds(1));
        metrics.BreakerOf("disk").Fail();
    }

    private MeterListener Listen(Action<Instrument, string[]> heard)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Scope == Meters)
                    listening.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => heard(instrument, Names(tags)));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => heard(instrument, Names(tags)));
        listener.Start();
        return listener;
    }

    private static string[] Names(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var names = new string[tags.Length];
        for (var i = 0; i < names.Length; i++)
            names[i] = tags[i].Key;
        return names;
    }
}
