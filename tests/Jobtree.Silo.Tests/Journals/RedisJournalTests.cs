using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Grains.Journals;
using Jobtree.Silo.Journals.Redis;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Tests.Servers;
using StackExchange.Redis;
using static Jobtree.Silo.Tests.Journals.Stores;

namespace Jobtree.Silo.Tests.Journals;

public sealed class RedisJournalTests
{
    [RedisFact]
    public async Task An_activation_finds_what_the_one_before_it_wrote()
    {
        await using var redis = await RedisServer.Begin();
        await using (var first = await Open(redis))
        {
            foreach (var kind in Enum.GetValues<ActorKind>())
            {
                var (kept, journal) = await first.Activate(new ActorKey(kind, "default/a"));
                Assert.Equal((0, 0), (kept.Last, kept.DeliveredUpTo));
                await journal.Write(0, "one", "", "three");
                Assert.Equal(3, journal.SinceSnapshot);
                journal.MarkDelivered(2);
                await journal.Write(3, $"four of {kind}");
            }
            Assert.Equal((16, 0, 0),
                (first.Statistics.Records, first.Statistics.Refused, first.Statistics.PendingRecords));
        }

        await using var second = await Open(redis);
        foreach (var kind in Enum.GetValues<ActorKind>())
        {
            var (kept, journal) = await second.Activate(new ActorKey(kind, "default/a"));
            Assert.Equal(["one", "", "three", $"four of {kind}"], kept.Texts());
            Assert.Equal((4, 2, 4), (kept.Last, kept.DeliveredUpTo, journal.SinceSnapshot));
            await journal.Write(4, "five");
        }
        Assert.Equal(5, (await second.Read(new ActorKey(ActorKind.Flavor, "default/a"), default)).Last);
    }

    [RedisFact]
    public async Task Names_are_kept_apart_whatever_is_in_them()
    {
        await using var redis = await RedisServer.Begin();
        await using var journals = await Open(redis);
        string[] names = ["default/a", "default/A", "default/a ", "de fault/a\r\n*1", "äöü/数据", "{x}/{y}", "}/{",
            "a/b:c", "😀/1", new string('n', 250) + "/" + new string('m', 250), "*/?", "\0/\0"];
        foreach (var name in names)
            await (await journals.Activate(Run(name))).Journal.Write(0, name);
        foreach (var name in names)
            Assert.Equal([name], (await journals.Read(Run(name), default)).Texts());

        var listed = new List<RunKey>();
        for (var shard = 0; shard < RunShard.Count; shard++)
        {
            await foreach (var run in journals.Runs(shard, null, default))
            {
                Assert.Equal(shard, RunShard.Of(run));
                listed.Add(run);
            }
        }
        Assert.Equal(names.Order(StringComparer.Ordinal), listed.Select(run => run.ToString())
            .Order(StringComparer.Ordinal));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await journals.Read(Run("lone/\ud800"), default));
        Assert.ThrowsAny<ArgumentException>(() => journals.Open(Run(new string('x', 600)), RecoveredState.Nothing));
    }

    [RedisFact]
    public async Task Runs_are_listed_once_by_shard_and_since_a_time()
    {
        await using var redis = await RedisServer.Begin();
        await using var journals = await Open(Calm(redis) with { PageRecords = 7 });
        var runs = Enumerable.Range(0, 200).Select(index => new RunKey("default", $"r{index}")).ToList();
        await Task.WhenAll(
            runs.Select(run => journals.Open(Run(run.ToString()), RecoveredState.Nothing)
                .Write(0, "submitted", "started")));
        Assert.Equal(runs.Order(), (await Listed(journals, null)).Order());
        Assert.Equal(runs.Order(), (await Listed(journals, DateTimeOffset.UtcNow.AddHours(-1))).Order());
        Assert.Empty(await Listed(journals, DateTimeOffset.UtcNow.AddHours(1)));
    }

    [RedisFact]
    public async Task Of_two_activations_one_wins_each_number_and_the_other_is_fenced()
    {
        await using var redis = await RedisServer.Begin();
        await using var here = await Open(redis);
        await using var there = await Open(Calm(redis) with { BatchRecordsMax = 2 });
        const int Actors = 20;
        const int Records = 60;
        var outcomes = await Task.WhenAll(Enumerable.Range(0, Actors).Select(async index =>
        {
            var actor = Run($"default/r{index}");
            var (one, other) = (here.Open(actor, RecoveredState.Nothing), there.Open(actor, RecoveredState.Nothing));
            var written = await Task.WhenAll(Race(one, "here"), Race(other, "there"));
            return (Actor: actor, Written: written, Broken: new[] { one.IsBroken, other.IsBroken });
        }));
        foreach (var (actor, written, broken) in outcomes)
        {
            var kept = (await here.Read(actor, default)).Texts().ToList();
            Assert.Equal(Records, kept.Count);
            // Whoever wrote the first record wrote them all, and each at its number.
            var winner = written[0].Count > 0 ? 0 : 1;
            Assert.Empty(written[1 - winner]);
            Assert.Equal(written[winner], kept);
            Assert.Equal([winner == 1, winner == 0], broken);
        }
        Assert.Equal(Actors * Records, here.Statistics.Refused + there.Statistics.Refused);

        static async Task<List<string>> Race(IActorJournal journal, string who)
        {
            var appended = Enumerable.Range(1, Records).Select(
                number => (Text: $"{who} {number}", Kept: journal.Append(number, Bytes($"{who} {number}")))).ToList();
            var written = new List<string>();
            foreach (var (text, kept) in appended)
            {
                try
                {
                    await kept;
                    written.Add(text);
                }
                catch (JournalFencedException)
                {
                }
            }
            return written;
        }
    }

    [RedisFact]
    public async Task What_follows_a_refused_record_is_refused_though_its_number_would_fit()
    {
        await using var redis = await RedisServer.Begin();
        await using var here = await Open(Calm(redis) with { BatchRecordsMax = 1, BatchesInFlightMax = 4 });
        await using var there = await Open(redis);
        var mine = here.Open(Train, RecoveredState.Nothing);
        await there.Open(Train, RecoveredState.Nothing).Write(0, "theirs");
        var first = mine.Append(1, Bytes("mine 1"));
        var second = mine.Append(2, Bytes("mine 2"));
        var refused = await Assert.ThrowsAsync<JournalFencedException>(() => first);
        Assert.Equal("Record 1 of run/default/train was refused: another activation has written up to 1.",
            refused.Message);
        await Assert.ThrowsAsync<JournalFencedException>(() => second);
        await Assert.ThrowsAsync<JournalFencedException>(() => mine.Append(3, Bytes("mine 3")));
        Assert.True(mine.IsBroken);
        Assert.Equal(["theirs"], (await here.Read(Train, default)).Texts());
    }

    [RedisFact]
    public async Task A_later_activation_fences_the_one_before_it()
    {
        await using var redis = await RedisServer.Begin();
        await using var journals = await Open(redis);
        var (_, old) = await journals.Activate(Flavor);
        await old.Write(0, "1", "2");
        var (kept, next) = await journals.Activate(Flavor);
        Assert.Equal(2, kept.Last);
        await next.Write(2, "3 of the next");
        await Assert.ThrowsAsync<JournalFencedException>(() => old.Append(3, Bytes("3 of the old")));
        await Assert.ThrowsAsync<JournalFencedException>(() => old.Save(2, Bytes("state"), default));
        Assert.False(next.IsBroken);
        await next.Write(3, "4");
        Assert.Equal(["1", "2", "3 of the next", "4"], (await journals.Read(Flavor, default)).Texts());
    }

    [RedisFact]
    public async Task A_number_that_is_not_the_next_one_ends_the_journal()
    {
        await using var redis = await RedisServer.Begin();
        await using var journals = await Open(redis);
        var (_, journal) = await journals.Activate(Train);
        await journal.Write(0, "1");
        await Assert.ThrowsAsync<JournalFencedException>(() => journal.Append(3, Bytes("3")));
        Assert.True(journal.IsBroken);
        Assert.Equal(["1"], (await journals.Read(Train, default)).Texts());
    }

    [RedisFact]
    public async Task A_foreign_key_harms_only_the_actor_whose_it_is()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        await client.GetDatabase().StringSetAsync("{jobtree:test}:j:run/default/train", "no stream");
        await using var journals = await Open(Calm(redis) with { BatchesInFlightMax = 1 });
        var (bad, good) = (journals.Open(Train, RecoveredState.Nothing), journals.Open(Flavor, RecoveredState.Nothing));
        var (refused, kept) = (bad.Append(1, Bytes("1")), good.Append(1, Bytes("1")));
        Assert.Contains("is no journal", (await Assert.ThrowsAsync<JournalFencedException>(() => refused)).Message,
            StringComparison.Ordinal);
        await kept;
    }

    [RedisFact]
    public async Task Damage_is_named_and_not_read_over()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        var database = client.GetDatabase();
        await using var journals = await Open(redis);
        var (_, journal) = await journals.Activate(Train);
        await journal.Write(0, "1", "2", "3", "4", "5");
        await database.StreamDeleteAsync("{jobtree:test}:j:run/default/train", ["3-0"]);
        var damage = await Assert.ThrowsAsync<IOException>(async () => await journals.Read(Train, default));
        Assert.Equal("The journal of run/default/train in Redis is damaged: record 4 follows where 3 is next.",
            damage.Message);
        // A check takes the records as they are, to count what is missing.
        var end = await journals.ReadEnd(Train, 2, 10, default);
        Assert.Equal([(2, "2"), (4, "4"), (5, "5")], end!.Select(record => (record.Sequence, Text(record.Record))));
        Assert.Equal([2, 4], (await journals.ReadEnd(Train, 2, 2, default))!.Select(record => record.Sequence));

        await journal.Save(5, Bytes("all five"), default);
        Assert.Equal("all five", Text((await journals.Read(Train, default)).Snapshot));
        await database.KeyDeleteAsync("{jobtree:test}:j:run/default/train");
        damage = await Assert.ThrowsAsync<IOException>(async () => await journals.Read(Train, default));
        Assert.Contains("its snapshot ends with record 5, which is missing", damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_service_id_that_could_be_mistaken_is_refused()
    {
        foreach (var service in (string[])["", "a b", "a}b", "ä", "a:b", new string('a', 65)])
        {
            var options = new RedisJournalOptions { Configuration = ConfigurationOptions.Parse("127.0.0.1:6379"),
                Service = service };
            Assert.Contains("service id", Assert.Throws<ArgumentException>(options.Validate).Message,
                StringComparison.Ordinal);
        }
    }

    private static async Task<List<RunKey>> Listed(RedisJournals journals, DateTimeOffset? since)
    {
        var listed = new List<RunKey>();
        for (var shard = 0; shard < RunShard.Count; shard++)
        {
            await foreach (var run in journals.Runs(shard, since, default))
                listed.Add(run);
        }
        return listed;
    }
}
