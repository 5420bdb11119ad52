using System.Diagnostics.Metrics;
using System.Net;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Journals.Redis;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Silo.Tests.Journals;
using Jobtree.Silo.Tests.Servers;
using Jobtree.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Jobtree.Silo.Tests.Metrics;

/// <summary>What a silo shows of its Redis: how full it is, how it answers, and that it went and came back.</summary>
public sealed class RedisSignalTests
{
    [RedisFact]
    public async Task A_redis_that_goes_opens_the_breaker_once_and_its_answer_closes_it()
    {
        await using var redis = await RedisServer.Begin("--maxmemory", "64mb");
        var (silo, address) = await HostProcess.ServeSilo(
            ["--drain", "0", "--silo-port", "0", "--gateway-port", "0"], ("JOBTREE_REDIS", redis.Endpoint));
        using var running = silo;
        using var client = new FleetClient(address);
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/runs", Fleets.Run("before"), "before"));
        await Eventually.Holds(async () => (await client.Scrape()).Value(Catalogue.RedisConnections) > 0
            && (await client.Scrape()).Value(Catalogue.LastSuccess, "listing") > 0);
        var healthy = await client.Scrape();
        Assert.Equal((0, 0), Breaker(healthy));
        Assert.InRange(healthy.Value(Catalogue.JournalAppendLatency, "silo", "append") ?? 0, 3, 100);
        Assert.InRange(healthy.Value(Catalogue.JournalAppends, "silo", "append") ?? 0, 5, 100);
        Assert.Equal(healthy.Value(Catalogue.JournalAppendLatency, "silo", "append"),
            healthy.Value(Catalogue.StateSyncLatencyMs, "append"));
        Assert.InRange(healthy.Value(Catalogue.RedisConnections) ?? 0, 2, 50);
        Assert.Equal(10_000, healthy.Value(Catalogue.RedisConnectionsMax));
        Assert.InRange(healthy.Value(Catalogue.StorageUsed, "redis") ?? 0, 0.001, 0.5);
        Assert.InRange(healthy.Value(Catalogue.RedisRoundTrip) ?? 0, 1, 10);
        Assert.Null(healthy.Value(Catalogue.StorageUsed, "disk"));

        await redis.Kill();
        await Eventually.Holds(async () => Breaker(await client.Scrape()) == (1, 1));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await client.Post("/v1/runs", Fleets.Run("lost"), "lost"));
        await redis.Start();
        await Eventually.Holds(async () => Breaker(await client.Scrape()) == (0, 1));
        await Eventually.Holds(
            async () => await client.Post("/v1/runs", Fleets.Run("after"), "after") == HttpStatusCode.OK);
        var back = await client.Scrape();
        Assert.True(back.Of(Catalogue.Retries.Name).Where(sample => sample.Labels["component"] == "journal")
            .Sum(sample => sample.Value) > 0);
        Assert.Contains(back.Of(Catalogue.Errors.Name), sample => sample.Labels["component"] == "journal");
        Assert.Equal(0, await silo.Stop());
    }

    [RedisFact]
    public async Task A_user_that_may_not_ask_has_no_figures_and_one_line_in_the_log_for_each_question()
    {
        await using var redis = await RedisServer.Begin();
        await using var admin = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        await admin.GetDatabase().ExecuteAsync(
            "ACL", "SETUSER", "jobtree", "on", ">secret", "~*", "+@all", "-info", "-config");
        var options = Stores.Calm(redis);
        (options.Configuration.User, options.Configuration.Password) = ("jobtree", "secret");
        var log = new RecordedLog<RedisJournals>();
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        var metrics = new FleetMetrics(meters);
        await using var journals = await Stores.Open(options, log);
        var heard = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Scope == meters
                    && (instrument.Name.StartsWith("jobtree_redis", StringComparison.Ordinal)
                        || instrument.Name == Catalogue.StorageUsed.Name))
                    listening.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, _, _, _) => heard.Add(instrument.Name));
        var gauge = journals.Gauge(metrics);
        listener.Start();
        await gauge.Measure(CancellationToken.None);
        await gauge.Measure(CancellationToken.None);
        listener.RecordObservableInstruments();
        Assert.Equal([Catalogue.RedisRoundTrip.Name, Catalogue.RedisRoundTrip.Name], heard);
        foreach (var command in (string[])["INFO", "CONFIG"])
            Assert.Single(log.Lines, line => line.Text.Contains($"this user {command};", StringComparison.Ordinal));
    }

    private static (double? Open, double? Openings) Breaker(Exposition page) =>
        (page.Value(Catalogue.BreakerOpen, "redis"), page.Value(Catalogue.BreakerOpened, "redis"));
}
