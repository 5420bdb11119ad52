using System.Diagnostics.Metrics;
using Jobtree.Actors.Operations;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Histories;
using Jobtree.Silo.Tests.Journals;
using Jobtree.Silo.Tests.Servers;
using Jobtree.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using static Jobtree.Silo.Tests.Histories.EndedRecords;

namespace Jobtree.Silo.Tests.Histories;

/// <summary>A PostgreSQL that is restarted, stopped, hung or not there.</summary>
public sealed class PostgresOutageTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncDisposable
{
    private readonly RecordedLog<PostgresHistory> log = new();
    private readonly ServiceProvider meters = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private FleetMetrics Metrics => field ??= new FleetMetrics(meters.GetRequiredService<IMeterFactory>());

    private Breaker Breaker => Metrics.BreakerOf("history");

    public ValueTask DisposeAsync() => meters.DisposeAsync();

    [Fact]
    public async Task A_restart_between_calls_is_not_noticed()
    {
        var (server, history) = await Begin();
        await using var _ = history;
        await history.Write([Run("a")], default);
        // Each pool has several connections that the restart cuts.
        await Task.WhenAll(Enumerable.Range(0, 4).SelectMany(i => Everything(history, Run($"before-{i}"))));
        await server.Stop();
        await server.Start();
        // Unless the probe came just while it was away.
        await Stores.Until(() => history.AwayBecause is null);
        await Task.WhenAll(Enumerable.Range(0, 4).SelectMany(i => Everything(history, Run($"after-{i}"))));
        Assert.True(await history.Contains(Run("a").Key, default));
        Assert.Equal(9, (await history.List(new HistoryQuery(), default)).Items.Count);
    }

    [Fact]
    public async Task Away_everything_is_refused_with_a_reason_that_has_no_secret_until_it_is_back()
    {
        var (server, history) = await Begin();
        await using var _ = history;
        await history.Write([Run("a")], default);
        Assert.False(Breaker.IsOpen);
        await server.Stop();
        foreach (var refused in Everything(history, Run("b")))
            AssertTold("PostgreSQL cannot be reached.", await Assert.ThrowsAsync<IOException>(() => refused), server);
        await Stores.Until(() => Breaker.IsOpen);
        Assert.Equal("PostgreSQL cannot be reached.", history.AwayBecause);
        await server.Start();
        await Stores.Until(() => history.AwayBecause is null && !Breaker.IsOpen);
        await history.Write([Run("b")], default);
        Assert.Equal([Run("a").Text(), Run("b").Text()],
            (await history.List(new HistoryQuery(), default)).Items.Texts());
        Assert.Equal([LogLevel.Error, LogLevel.Information], log.Lines.Select(line => line.Level).Distinct());
        Assert.All(log.Lines, line => AssertNoSecret(line.Text, server));
    }

    [Fact]
    public async Task It_need_not_be_there_at_the_start_and_is_checked_when_it_comes()
    {
        var (server, history) = await Begin();
        await history.DisposeAsync();
        var place = await postgres.NewSchema();
        await server.Stop();
        await using var early = await Open(place);
        Assert.Equal("PostgreSQL cannot be reached.", early.AwayBecause);
        await server.Start();
        await Stores.Until(() => early.AwayBecause is null);
        await early.Write([Run("a")], default);

        await server.Stop();
        await using var later = await Open(place, "another");
        await server.Start();
        await Stores.Until(() => later.AwayBecause?.Contains("service test", StringComparison.Ordinal) == true);
        AssertTold(later.AwayBecause!,
            await Assert.ThrowsAsync<IOException>(() => later.Write([Run("b")], default)), server);
    }

    [Fact]
    public async Task Hung_it_counts_as_away_until_it_goes_on()
    {
        var (server, history) = await Begin();
        await using var _ = history;
        await Task.WhenAll(Everything(history, Run("a")));
        await server.Pause();
        foreach (var refused in Everything(history, Run("b")))
            AssertTold("PostgreSQL does not answer.",
                await Assert.ThrowsAsync<IOException>(() => refused).WaitAsync(Stores.Patience), server);
        server.Continue();
        await Stores.Until(() => history.AwayBecause is null);
        await Task.WhenAll(Everything(history, Run("b")));
        Assert.Equal(2, (await history.List(new HistoryQuery(), default)).Items.Count);
    }

    [Fact]
    public async Task Writes_that_it_refuses_keep_the_breaker_open_and_questions_are_still_answered()
    {
        var (server, history) = await Begin();
        await using var _ = history;
        await history.Write([Run("a")], default);
        await server.Do("ALTER SYSTEM SET default_transaction_read_only = on");
        await server.Do("SELECT pg_reload_conf()");
        try
        {
            await Stores.Until(() =>
            {
                var write = history.Write([Run("b")], default);
                return write.ContinueWith(done => done.IsFaulted, TaskScheduler.Default).Result && Breaker.IsOpen;
            });
            var refusal = await Assert.ThrowsAsync<IOException>(() => history.Write([Run("b")], default));
            AssertTold("PostgreSQL refuses writes: this server is a standby, or read-only (25006).", refusal, server);
            Assert.True(await history.Contains(Run("a").Key, default));
            Assert.Null(history.AwayBecause);
            // The second probe begins when the first has had its effect.
            await Probed(server);
            await Probed(server);
            Assert.True(Breaker.IsOpen);
        }
        finally
        {
            await server.Do("ALTER SYSTEM RESET default_transaction_read_only");
            await server.Do("SELECT pg_reload_conf()");
        }
        await Stores.Until(() => history.Write([Run("b")], default)
            .ContinueWith(done => done.IsCompletedSuccessfully, TaskScheduler.Default).Result);
        await Stores.Until(() => !Breaker.IsOpen);
    }

    [Fact]
    public async Task Credentials_that_are_wrong_are_an_outage_whose_reason_does_not_repeat_them()
    {
        var server = await postgres.Server();
        await using var history = await Open(server.Of("jobtree", "wr0ng"));
        AssertTold("PostgreSQL does not accept the credentials (28P01).",
            await Assert.ThrowsAsync<IOException>(() => history.Write([Run("a")], default)), server);
        Assert.Contains(log.Lines, line => line.Text.Contains("28P01", StringComparison.Ordinal));
        Assert.All(log.Lines, line => Assert.DoesNotContain("wr0ng", line.Text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Host=no-such-host.invalid")]
    [InlineData("Host=127.0.0.1;SSL Mode=Require")]
    [InlineData("Host=127.0.0.1;Root Certificate=/none.pem;SSL Mode=VerifyCA")]
    public async Task Whatever_keeps_a_connection_from_being_made_is_an_outage(string connection)
    {
        var server = await postgres.Server();
        await using var history = await Open($"{connection};Port={server.Port};Username=jobtree;Password=s3cret-x");
        var refusal = await Assert.ThrowsAsync<IOException>(async () => await history.Contains(Run("a").Key, default));
        AssertTold("PostgreSQL cannot be reached.", refusal, server);
    }

    /// <summary>Every question that a history can be asked, and a write.</summary>
    private static IEnumerable<Task> Everything(PostgresHistory history, Actors.Runs.RunRecord run) =>
    [
        history.Write([run], default), history.Contains(run.Key, default).AsTask(),
        history.Find([run.Key], default).AsTask(), history.List(new HistoryQuery(), default).AsTask(),
        history.Newest(1, Began, 10, long.MaxValue, default),
    ];

    /// <summary>Waits until the history has begun another probe.</summary>
    private static async Task Probed(PostgresProcess server)
    {
        await using var source = NpgsqlDataSource.Create(server.Connection);
        async Task<object?> Last()
        {
            await using var command = source.CreateCommand("SELECT max(query_start) FROM pg_stat_activity "
                + "WHERE application_name = 'jobtree-test' AND query = 'SELECT 1'");
            return await command.ExecuteScalarAsync();
        }
        var before = await Last();
        await Eventually.Holds(async () => !Equals(await Last(), before), Stores.Patience);
    }

    private static void AssertTold(string reason, IOException failure, PostgresProcess server)
    {
        Assert.Equal(reason, failure.Message);
        Assert.Null(failure.InnerException);
        AssertNoSecret(failure.ToString(), server);
    }

    private static void AssertNoSecret(string text, PostgresProcess server)
    {
        foreach (var secret in new[] { "127.0.0.1", Stores.Text(server.Port), "s3cret", "Username", "\"jobtree\"" })
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
    }

    private async Task<(PostgresProcess Server, PostgresHistory History)> Begin()
    {
        var place = await postgres.NewSchema();
        return (await postgres.Server(), await Open(place));
    }

    private Task<PostgresHistory> Open(string place, string service = "test") => PostgresHistory.Open(
        PostgresFixture.Calm(place) with
        {
            Service = service, Metrics = Metrics, AnswerTimeout = TimeSpan.FromSeconds(5),
            ListTimeout = TimeSpan.FromSeconds(5), ProbeEvery = TimeSpan.FromMilliseconds(50),
        },
        log, TimeProvider.System);
}
