using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Grains.Journals;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Journals.Redis;
using Jobtree.Silo.Tests.Servers;
using StackExchange.Redis;
using static Jobtree.Silo.Tests.Journals.Stores;

namespace Jobtree.Silo.Tests.Journals;

public sealed class RedisForgettingTests
{
    [RedisFact]
    public async Task Nothing_is_left_of_a_forgotten_actor_and_others_stay()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await redis.Connect();
        await using var journals = await Open(redis);
        ActorKey[] forgotten = [Train, Team, Run("default/saved"), Run("{x}/}{")];
        ActorKey[] others = [Run("default/longer"), Run("default/shorter"), Run("default/train ")];
        foreach (var actor in (ActorKey[])[.. forgotten, .. others])
        {
            var (_, journal) = await journals.Activate(actor);
            await journal.Write(0, "1", "2");
            if (actor.Name == "default/saved")
                await journal.Save(2, Bytes("state"), default);
            if (actor.Name == "default/longer")
                await journal.Write(2, "3");
        }

        ActorPosition[] ended = [.. forgotten.Select(actor => new ActorPosition(actor, 2)), new(others[0], 2),
            new(others[1], 3)];
        Assert.Equal(forgotten, await journals.Forget(ended, default));
        foreach (var actor in forgotten)
            Assert.Equal(0, (await journals.Read(actor, default)).Last);
        var left = await Task.WhenAll(others.Select(async actor => (await journals.Read(actor, default)).Last));
        Assert.Equal([3, 2, 2], left);
        Assert.Equal(others.Select(run => run.Name).Order(), (await Listed(journals)).Order());
        // Three streams and the shards that list them: no key of the forgotten ones.
        Assert.Equal(others.Length, (await Keys(client, "*:j:*")).Length);
        Assert.Empty(await Keys(client, "*:s:*"));

        Assert.Equal(forgotten, await journals.Forget(ended, default));
        Assert.Empty(await journals.Forget([], default));
    }

    [RedisFact]
    public async Task Many_are_forgotten_in_several_scripts()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await redis.Connect();
        await using var journals = await Open(redis);
        var runs = Enumerable.Range(0, 450).Select(index => Run($"default/r{index}")).ToList();
        await Task.WhenAll(runs.Select(run => journals.Open(run, RecoveredState.Nothing).Write(0, "1")));
        var gone = await journals.Forget(
            [.. runs.Select((run, index) => new ActorPosition(run, index % 7 == 0 ? 2 : 1))], default);
        Assert.Equal(runs.Where((_, index) => index % 7 != 0), gone);
        Assert.Equal(runs.Except(gone).Select(run => run.Name).Order(), (await Listed(journals)).Order());
        Assert.Equal(runs.Count - gone.Count, (await Keys(client, "*:j:*")).Length);
    }

    [RedisFact]
    public async Task A_key_that_holds_something_else_keeps_only_its_actor()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await redis.Connect();
        await using var journals = await Open(redis);
        await client.GetDatabase().StringSetAsync("{jobtree:test}:j:run/default/train", "no stream");
        await client.GetDatabase().StringSetAsync("{jobtree:test}:s:envelope/ai/H100", "no hash");
        await (await journals.Activate(Run("default/a"))).Journal.Write(0, "1");
        Assert.Equal([Run("default/a")],
            await journals.Forget([new(Train, 1), new(Team, 1), new(Run("default/a"), 1)], default));
    }

    [RedisFact]
    public async Task An_activation_of_a_forgotten_actor_is_refused()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await redis.Connect();
        await using var journals = await Open(redis);
        var (_, writer) = await journals.Activate(Train);
        await writer.Write(0, "1", "2");
        var (_, reader) = await journals.Activate(Train);
        Assert.Equal([Train], await journals.Forget([new(Train, 2)], default));
        await Assert.ThrowsAsync<JournalFencedException>(() => writer.Save(2, Bytes("state"), default));
        await Assert.ThrowsAsync<JournalFencedException>(() => writer.Append(3, Bytes("3")));
        await Assert.ThrowsAsync<JournalFencedException>(() => reader.Append(3, Bytes("3")));
        Assert.Equal(0, (await journals.Read(Train, default)).Last);
        Assert.Empty(await Keys(client, "*train*"));
    }

    [RedisFact]
    public async Task Of_forgetting_a_run_and_appending_to_it_one_happens()
    {
        await using var redis = await RedisServer.Begin();
        await using var here = await Open(Calm(redis) with { BatchRecordsMax = 5 });
        await using var there = await Open(redis);
        var runs = Enumerable.Range(0, 300).Select(index => Run($"default/r{index}")).ToList();
        var journals = runs.Select(run => here.Open(run, RecoveredState.Nothing)).ToList();
        await Task.WhenAll(journals.Select(journal => journal.Write(0, "1", "2")));
        // The calls meet in the middle, so that each comes first somewhere.
        var (forgets, appends) = (new List<Task<IReadOnlyList<ActorKey>>>(), new List<(ActorKey Run, Task Kept)>());
        for (var at = 0; at < runs.Count; at += 10)
        {
            forgets.Add(there.Forget(
                [.. runs.Skip(at).Take(10).Select(run => new ActorPosition(run, 2))], default).AsTask());
            for (var index = runs.Count - 1 - at; index > runs.Count - 11 - at; index--)
                appends.Add((runs[index], journals[index].Append(3, Bytes("3"))));
            await Task.WhenAny(forgets[^1], appends[^1].Kept);
        }
        var gone = (await Task.WhenAll(forgets)).SelectMany(some => some).ToHashSet();
        foreach (var (run, kept) in appends)
        {
            if (gone.Contains(run))
                await Assert.ThrowsAsync<JournalFencedException>(() => kept);
            else
                await kept;
            Assert.Equal(gone.Contains(run) ? [] : ["1", "2", "3"], (await here.Read(run, default)).Texts());
        }
    }

    [RedisFact]
    public async Task A_restored_actor_goes_on_where_it_ended()
    {
        await using var redis = await RedisServer.Begin();
        await using var journals = await Open(redis);
        foreach (var (actor, last) in ((ActorKey, long)[])[(Train, 1), (Run("default/b"), 7), (Team, 40_000_000_000)])
        {
            await journals.Restore(actor, last, Bytes("state"), default);
            var (kept, journal) = await journals.Activate(actor);
            Assert.Equal((last, "state", last, 0, 0),
                (kept.SnapshotSequence, Text(kept.Snapshot), kept.Last, kept.DeliveredUpTo, kept.Records.Count));
            await journal.Write(last, "next");
            kept = await journals.Read(actor, default);
            Assert.Equal((last, last + 1), (kept.SnapshotSequence, kept.Last));
            Assert.Equal(["next"], kept.Texts());
            await journal.Write(last + 1, "and", "on");
            await journal.Save(last + 3, Bytes("later"), default);
            kept = await journals.Read(actor, default);
            Assert.Equal((last + 3, "later", last + 3),
                (kept.SnapshotSequence, Text(kept.Snapshot), kept.Last));
        }
        Assert.Equal(["default/b", "default/train"], (await Listed(journals)).Order());

        await journals.Restore(Run("default/c"), 3, Bytes("state"), default);
        Assert.Equal([Run("default/c")], await journals.Forget([new(Run("default/c"), 3)], default));
        Assert.Equal(0, (await journals.Read(Run("default/c"), default)).Last);
    }

    [RedisFact]
    public async Task An_actor_with_a_journal_is_not_restored()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await redis.Connect();
        await using var journals = await Open(redis);
        var (_, journal) = await journals.Activate(Train);
        await journal.Write(0, "1", "2", "3");
        foreach (var last in (long[])[2, 3, 4])
            Assert.Equal(
                $"run/default/train was not restored at record {last}: it has a journal, which ends with record 3.",
                await Refusal(Train, last));
        Assert.Equal(["1", "2", "3"], (await journals.Read(Train, default)).Texts());

        var run = Run("default/restored");
        await journals.Restore(run, 5, Bytes("state"), default);
        await journals.Restore(run, 5, Bytes("state"), default);
        Assert.Contains("ends with record 5", await Refusal(run, 6), StringComparison.Ordinal);
        await (await journals.Activate(run)).Journal.Write(5, "6");
        Assert.Contains("ends with record 6", await Refusal(run, 5), StringComparison.Ordinal);
        Assert.Equal(["6"], (await journals.Read(run, default)).Texts());

        // A snapshot whose stream is lost is damage, and restoring must not hide it.
        await client.GetDatabase().KeyDeleteAsync("{jobtree:test}:j:run/default/restored");
        Assert.Contains("ends with record 5", await Refusal(run, 5), StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            async () => await journals.Restore(Run("default/d"), 0, default, default));

        async Task<string> Refusal(ActorKey actor, long last) =>
            (await Assert.ThrowsAsync<JournalFencedException>(
                async () => await journals.Restore(actor, last, Bytes("another state"), default))).Message;
    }

    [RedisFact]
    public async Task Of_those_who_restore_an_actor_one_writes_its_next_record()
    {
        await using var redis = await RedisServer.Begin();
        await using var here = await Open(redis);
        await using var there = await Open(redis);
        RedisJournals[] both = [here, there];
        await Task.WhenAll(both.Select(store => store.Restore(Train, 4, Bytes("state"), default).AsTask()));
        var opened = await Task.WhenAll(both.Select(store => store.Activate(Train)));
        var appended = opened.Select((entry, index) => entry.Journal.Append(5, Bytes($"5 of {index}"))).ToList();
        await Task.WhenAll(appended).ContinueWith(
            static _ => { }, default, TaskContinuationOptions.None, TaskScheduler.Default);
        var winner = Assert.Single(appended, kept => kept.IsCompletedSuccessfully);
        Assert.Equal([$"5 of {appended.IndexOf(winner)}"], (await here.Read(Train, default)).Texts());
    }

    [RedisFact]
    public async Task Both_may_be_repeated_after_a_lost_answer()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await redis.Connect();
        await using var journals = await Open(redis);
        var (database, answers) = InterposedDatabase.Of(client.GetDatabase());
        var forgotten = new ForgottenActors(database, Calm(redis), new RedisKeys("test"), TimeProvider.System);
        ActorPosition[] ended = [new(Train, 1), new(Run("default/a"), 1), new(Run("default/b"), 2)];
        foreach (var (actor, _) in ended)
            await (await journals.Activate(actor)).Journal.Write(0, "1");

        var isLost = true;
        answers.Loses = _ => isLost;
        var lost = await Assert.ThrowsAsync<IOException>(async () => await forgotten.Forget(ended, default));
        Assert.Equal("Actors cannot be forgotten now. Redis does not answer.", lost.Message);
        Assert.Equal(0, (await journals.Read(Train, default)).Last);
        isLost = false;
        Assert.Equal([Train, Run("default/a")], await forgotten.Forget(ended, default));

        isLost = true;
        await Assert.ThrowsAsync<IOException>(() => forgotten.Restore(Train, 1, Bytes("state"), default));
        isLost = false;
        await forgotten.Restore(Train, 1, Bytes("state"), default);
        Assert.Equal("state", Text((await journals.Read(Train, default)).Snapshot));
    }

    [RedisFact]
    public async Task Away_neither_is_done()
    {
        await using var redis = await RedisServer.Begin();
        await using var journals = await Open(redis);
        await redis.Kill();
        await Assert.ThrowsAsync<IOException>(async () => await journals.Forget([new(Train, 1)], default));
        await Assert.ThrowsAsync<IOException>(async () => await journals.Restore(Train, 1, Bytes("state"), default));
        await redis.Start();
        await Until(() => journals.AwayBecause is null);
        Assert.Equal([Train], await journals.Forget([new(Train, 1)], default));
    }

    [RedisFact]
    public async Task Runs_forgotten_during_a_listing_hide_no_others()
    {
        await using var redis = await RedisServer.Begin();
        await using var client = await redis.Connect();
        await using var journals = await Open(Calm(redis) with { PageRecords = 3 });
        var runs = Enumerable.Range(0, 400).Select(index => Run($"default/r{index}"))
            .Where(run => RedisKeys.ShardOf(run) == 0).ToList();
        // Times as they come: some runs alone in a millisecond, some more than a page together.
        var database = client.GetDatabase();
        for (var index = 0; index < runs.Count; index++)
            await database.SortedSetAddAsync("{jobtree:test}:runs:0", runs[index].Name,
                1_700_000_000_000 + (index < 4 ? 0 : index < 12 ? index / 2 : 10 + index / 5));
        var listed = new List<string>();
        await foreach (var run in journals.Runs(0, null, default))
        {
            listed.Add(run.ToString());
            Assert.Single(await journals.Forget([new(Run(run.ToString()), 1)], default));
        }
        Assert.True(runs.Count > 15);
        Assert.Equal(runs.Select(run => run.Name).Order(), listed.Order());
        Assert.Empty(await Listed(journals));
    }

    private static async Task<RedisKey[]> Keys(ConnectionMultiplexer client, string pattern) =>
        (RedisKey[])(await client.GetDatabase().ExecuteAsync("KEYS", pattern))!;

    private static async Task<List<string>> Listed(RedisJournals journals)
    {
        var listed = new List<string>();
        for (var shard = 0; shard < RunShard.Count; shard++)
        {
            await foreach (var run in journals.Runs(shard, null, default))
                listed.Add(run.ToString());
        }
        return listed;
    }
}
