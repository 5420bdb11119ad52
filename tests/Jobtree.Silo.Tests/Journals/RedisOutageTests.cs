using System.IO.Pipelines;
using Jobtree.Actors.Ports;
using Jobtree.Grains.Journals;
using Jobtree.Silo.Journals.Redis;
using Jobtree.Silo.Journals.Redis.Losses;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Tests.Servers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using static Jobtree.Silo.Tests.Journals.Stores;

namespace Jobtree.Silo.Tests.Journals;

public sealed class RedisOutageTests
{
    /// <summary>The Redis client writes commands through a pipe, which ends with the connection.</summary>
    [Fact]
    public void A_connection_that_breaks_while_a_command_is_written_is_an_outage()
    {
        var pipe = new Pipe();
        pipe.Writer.Complete();
        var broken = Assert.Throws<InvalidOperationException>(() => pipe.Writer.GetSpan(1));
        Assert.True(Outage.Is(broken, CancellationToken.None));
        Assert.False(Outage.Is(new InvalidOperationException(), CancellationToken.None));
    }

    [RedisFact]
    public async Task Killed_and_started_again_under_load_it_has_every_kept_record_once()
    {
        // With "everysec" Redis answers before it has written when the disk is slow, and a kill then loses records.
        await using var redis = await RedisServer.Begin("--appendfsync", "always");
        await using var journals = await Open(Quick(redis));
        using var enough = new CancellationTokenSource();
        var actors = Enumerable.Range(0, 12).Select(index => new Appender(journals, Run($"default/r{index}"))).ToList();
        var work = actors.Select(actor => actor.Work(enough.Token)).ToList();
        for (var crash = 0; crash < 3; crash++)
        {
            var before = journals.Statistics.Records;
            await Until(() => journals.Statistics.Records > before + 500);
            await redis.Kill();
            await Until(() => journals.AwayBecause is not null);
            await redis.Start();
            await Until(() => journals.AwayBecause is null);
        }
        await enough.CancelAsync();
        await Task.WhenAll(work).WaitAsync(Patience);
        foreach (var actor in actors)
        {
            Assert.False(actor.Journal.IsBroken);
            Assert.Equal(actor.Kept, (await journals.Read(actor.Key, default)).Texts());
        }
        Assert.Equal((0, 0), (journals.Statistics.Refused, journals.Statistics.PendingRecords));
        Assert.True(journals.Statistics.TimesAway >= 3);
    }

    [RedisFact]
    public async Task Paused_it_counts_as_away_and_appends_fail_at_once_until_it_goes_on()
    {
        await using var redis = await RedisServer.Begin();
        var log = new RecordedLog<RedisJournals>();
        await using var journals = await Open(Quick(redis), log);
        var (_, train) = await journals.Activate(Train);
        var (_, flavor) = await journals.Activate(Flavor);
        await train.Write(0, "1");
        await redis.Pause();
        var pending = train.Append(2, Bytes("2"));
        var behind = train.Append(3, Bytes("3"));
        await Until(() => journals.AwayBecause is not null);
        Assert.Equal("Redis does not answer.", journals.AwayBecause);
        Assert.Throws<JournalAwayException>(() => { _ = train.Append(4, Bytes("not taken")); });
        Assert.Throws<JournalAwayException>(() => { _ = flavor.Append(1, Bytes("not taken")); });
        await Assert.ThrowsAsync<IOException>(async () => await journals.Read(Train, default));
        Assert.False(pending.IsCompleted || train.IsBroken);

        await redis.Continue();
        await Task.WhenAll(pending, behind).WaitAsync(Patience);
        await Until(() => journals.AwayBecause is null);
        await train.Write(3, "4");
        await flavor.Write(0, "1");
        Assert.Equal(["1", "2", "3", "4"], (await journals.Read(Train, default)).Texts());
        Assert.Contains(log.Lines, line => line.Level == LogLevel.Error
            && line.Text.Contains("does not answer", StringComparison.Ordinal));
    }

    [RedisFact]
    public async Task The_time_of_one_that_is_away_for_a_moment_is_waited_for()
    {
        await using var redis = await RedisServer.Begin();
        await using var journals = await Open(Quick(redis));
        Assert.NotNull(await journals.ServerTime());
        await redis.Pause();
        var asked = journals.ServerTime();
        await Until(() => journals.AwayBecause is not null);
        await Task.WhenAny(asked, Task.Delay(2 * Quick(redis).ReplyTimeout));
        await redis.Continue();
        Assert.NotNull(await asked.WaitAsync(Patience));
    }

    [RedisFact]
    public async Task A_time_that_was_long_under_way_is_asked_for_again()
    {
        await using var redis = await RedisServer.Begin();
        var time = new FakeTimeProvider();
        await using var journals = await RedisJournals.Open(Calm(redis), new RecordedLog<RedisJournals>(), time);
        Assert.NotNull(await journals.ServerTime());
        await redis.Pause();
        var asked = journals.ServerTime();
        // As for a process that does not run meanwhile.
        time.Advance(TimeSpan.FromSeconds(20));
        await redis.Continue();
        Assert.True(await asked.WaitAsync(Patience) < DateTimeOffset.UtcNow.AddSeconds(5));
    }

    [RedisFact]
    public async Task Nobody_begins_by_another_clock_because_the_one_of_redis_is_away()
    {
        await using var redis = await RedisServer.Begin();
        var options = Quick(redis);
        await using var journals = await Open(options with { BulkTimeout = options.ReplyTimeout });
        Assert.NotNull(await journals.ServerTime());
        await redis.Pause();
        var refused = await Assert.ThrowsAsync<IOException>(() => journals.ServerTime().WaitAsync(Patience));
        Assert.Contains("Its clock is needed to begin", refused.Message, StringComparison.Ordinal);
        await redis.Continue();
    }

    [RedisFact]
    public async Task Lost_reads_alone_are_an_outage_too()
    {
        await using var redis = await RedisServer.Begin();
        await using var journals = await Open(Quick(redis));
        var (_, train) = await journals.Activate(Train);
        await train.Write(0, "1");
        var configuration = redis.Configuration;
        configuration.AllowAdmin = true;
        await using var admin = await ConnectionMultiplexer.ConnectAsync(configuration);
        var server = admin.GetServer(redis.Endpoint);
        // The connections that there are go on; whoever loses one gets no other.
        await server.ConfigSetAsync("maxclients", 1);
        foreach (var client in await server.ClientListAsync())
        {
            if (client.Name == "jobtree-test-read")
                await server.ClientKillAsync(client.Id, skipMe: true);
        }

        await Until(() => journals.AwayBecause is not null);
        await Assert.ThrowsAsync<IOException>(async () => await journals.Read(Train, default));
        await train.Write(1, "2");
        await server.ConfigSetAsync("maxclients", 100);
        await Until(() => journals.AwayBecause is null);
        Assert.Equal(["1", "2"], (await journals.Read(Train, default)).Texts());
    }

    [RedisFact]
    public async Task An_idle_silo_notices_that_it_went()
    {
        await using var redis = await RedisServer.Begin();
        await using var journals = await Open(Quick(redis));
        await redis.Kill();
        await Until(() => journals.AwayBecause is not null);
        Assert.Equal("Redis cannot be reached.", journals.AwayBecause);
        await redis.Start();
        await Until(() => journals.AwayBecause is null);
    }

    [RedisFact]
    public async Task It_need_not_be_there_at_the_start()
    {
        await using var redis = new RedisServer(null);
        await using var journals = await RedisJournals.Open(
            Calm(redis), new RecordedLog<RedisJournals>(), TimeProvider.System);
        Assert.NotNull(journals.AwayBecause);
        var journal = journals.Open(Train, RecoveredState.Nothing);
        Assert.Throws<JournalAwayException>(() => { _ = journal.Append(1, Bytes("1")); });
        await redis.Start();
        await Until(() => journals.AwayBecause is null);
        await journal.Write(0, "1");
        await Until(() => journals.Durability != RedisDurability.NotAsked);
        Assert.Equal((false, false), (journals.Durability.IsDurable, journals.Durability.MayEvict));
    }

    [RedisFact]
    public async Task Full_memory_holds_records_up_and_loses_none()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        var database = client.GetDatabase();
        await using var journals = await Open(redis);
        var (_, journal) = await journals.Activate(Train);
        await journal.Write(0, "1");
        await database.ExecuteAsync("CONFIG", "SET", "maxmemory", "1");
        var held = journal.Append(2, Bytes("2"));
        await Until(() => journals.AwayBecause is not null);
        Assert.Contains("memory is full (OOM)", journals.AwayBecause, StringComparison.Ordinal);
        // It answers, so what is kept can be read.
        Assert.Equal(["1"], (await journals.Read(Train, default)).Texts());
        await database.ExecuteAsync("CONFIG", "SET", "maxmemory", "0");
        await held.WaitAsync(Patience);
        await journal.Write(2, "3");
        Assert.Equal(["1", "2", "3"], (await journals.Read(Train, default)).Texts());
    }

    [RedisFact]
    public async Task Forgotten_scripts_are_loaded_again_without_an_outage()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        await using var journals = await Open(Calm(redis) with { BatchRecordsMax = 5 });
        var (_, journal) = await journals.Activate(Train);
        var kept = new List<Task>();
        for (var number = 1; number <= 2000; number++)
        {
            kept.Add(journal.Append(number, Bytes(Text(number))));
            if (number % 400 == 0)
                await client.GetDatabase().ExecuteAsync("SCRIPT", "FLUSH");
        }
        await Task.WhenAll(kept).WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(1, 2000).Select(number => Text(number)), (await journals.Read(Train, default))
            .Texts());
        Assert.Equal(0, journals.Statistics.TimesAway);
    }

    [RedisFact]
    public async Task What_waits_is_bounded()
    {
        await using var redis = await RedisServer.Begin();
        await using var journals = await Open(Calm(redis) with { PendingRecordsMax = 10, BatchRecordsMax = 2 });
        var (_, journal) = await journals.Activate(Train);
        await redis.Pause();
        var kept = Enumerable.Range(1, 10).Select(number => journal.Append(number, Bytes(Text(number)))).ToList();
        var refused = Assert.Throws<JournalAwayException>(() => { _ = journal.Append(11, Bytes("11")); });
        Assert.Equal("Redis does not keep up: 10 records wait for it.", refused.Message);
        Assert.Throws<ArgumentException>(() => { _ = journal.Append(11, new byte[5 << 20]); });
        await redis.Continue();
        await Task.WhenAll(kept).WaitAsync(Patience);
        await journal.Write(10, "11");
    }

    [RedisFact]
    public async Task Closing_says_of_what_was_not_answered_that_its_fate_is_unknown()
    {
        await using var redis = await RedisServer.Begin();
        var journals = await Open(Calm(redis) with { CloseWithin = TimeSpan.FromMilliseconds(50) });
        var (_, journal) = await journals.Activate(Train);
        await journal.Write(0, "1");
        await redis.Pause();
        var pending = journal.Append(2, Bytes("2"));
        await journals.DisposeAsync();
        Assert.Contains("is not known", (await Assert.ThrowsAsync<IOException>(() => pending)).Message,
            StringComparison.Ordinal);
        Assert.Throws<JournalAwayException>(() => { _ = journal.Append(3, Bytes("3")); });
        await redis.Continue();
    }

    [RedisFact]
    public async Task Nothing_that_is_told_names_the_password()
    {
        await using var redis = await RedisServer.Begin("--requirepass", "s3cret-right");
        var log = new RecordedLog<RedisJournals>();
        var options = Quick(redis);
        options.Configuration.Password = "s3cret-wrong";
        await using var journals = await RedisJournals.Open(options, log, TimeProvider.System);
        await Until(() => log.Lines.Count > 0);
        var read = await Assert.ThrowsAsync<IOException>(async () => await journals.Read(Train, default));
        foreach (var told in log.Lines.Select(line => line.Text).Append(journals.AwayBecause!).Append(read.ToString()))
            Assert.DoesNotContain("s3cret", told, StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task What_the_client_cancels_when_its_connection_breaks_is_sent_again()
    {
        await using var redis = await RedisServer.Begin();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        var (options, counters, time) = (Stores.Calm(redis), new JournalCounters(), TimeProvider.System);
        var (keys, database) = (new RedisKeys(options.Service), connection.GetDatabase());
        var log = new RecordedLog<RedisJournals>();
        using var guard = new StoreGuard(options, keys, counters, null, log, time);
        await using var queue = new AppendQueue(
            CancellingDatabase.Of(database), options, keys, guard, counters, log, time);
        var reader = new JournalReader(database, options, keys, time);
        var run = Stores.Run("lab/a");
        queue.Probe();
        await Stores.Until(() => queue.Outage is null);
        var journal = new RedisActorJournal(run, await reader.Read(run, CancellationToken.None), keys, queue,
            new SnapshotStore(database, options, keys, counters, time));
        await journal.Write(0, "one", "two");
        Assert.Equal(["one", "two"], (await reader.Read(run, CancellationToken.None)).Texts());
    }

    private static RedisJournalOptions Quick(RedisServer redis) =>
        Calm(redis) with { ReplyTimeout = TimeSpan.FromSeconds(2) };
}
