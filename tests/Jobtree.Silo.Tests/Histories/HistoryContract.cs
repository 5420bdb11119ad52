using FsCheck;
using FsCheck.Fluent;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Runs;
using Jobtree.Actors.Runs.Loads;
using Jobtree.Core.Model;
using Jobtree.Grains.Journals;
using Jobtree.Silo.Histories;
using static Jobtree.Silo.Tests.Histories.EndedRecords;

namespace Jobtree.Silo.Tests.Histories;

/// <summary>What every history does, whatever it is kept in.</summary>
public abstract class HistoryContract
{
    private const int QueriesMax = 150;

    /// <summary>Opens the history of this test, in the same place each time.</summary>
    private protected abstract Task<SqlHistory> Open();

    [Fact]
    public async Task What_is_written_is_read_back_equal_also_after_opening_it_again()
    {
        var runs = Random(1, 50);
        await using (var history = await Open())
        {
            await history.Write(runs, default);
            await AssertHas(history, runs);
        }
        await using var again = await Open();
        await AssertHas(again, runs);
        await again.Write([], default);
        Assert.Empty(await again.Find([], default));
    }

    [Fact]
    public async Task A_repeat_adds_nothing_and_only_a_later_version_replaces()
    {
        await using var history = await Open();
        var first = Run("a");
        await history.Write([first, Run("b")], default);
        await history.Write([first, Run("b")], default);
        await AssertHas(history, [first, Run("b")]);

        var later = first with
        {
            Version = 9, Phase = RunPhase.Failed, FinishedAt = Began + TimeSpan.FromSeconds(90), Owner = "lab",
            Spec = first.Spec with { Resources = new Resources { GpuType = "A100", TotalGPUs = 1 } },
        };
        await history.Write([later], default);
        await AssertHas(history, [later, Run("b")]);
        Assert.Equal([later.Text()],
            (await All(history, new HistoryQuery { Owner = "lab", Flavor = "A100", Phase = RunPhase.Failed })).Texts());

        await history.Write([first, later with { Message = "The same version, told again." }], default);
        await AssertHas(history, [later, Run("b")]);
    }

    [Fact]
    public async Task Of_a_submission_that_is_in_a_batch_twice_the_highest_version_stays()
    {
        await using var history = await Open();
        RunRecord[] versions = [.. new[] { 3, 8, 5 }.Select(version => Run("a") with { Version = version })];
        await history.Write(versions, default);
        await AssertHas(history, [versions[1]]);
    }

    [Fact]
    public async Task Each_submission_is_kept_and_the_last_one_is_found()
    {
        await using var history = await Open();
        RunRecord[] runs = [Run("a", 60, 0), Run("a", 300, 200), Run("a", 200, 100), Run("b")];
        await history.Write(runs, default);
        await AssertHas(history, runs);
        Assert.Equal([runs[1].Text(), null, runs[3].Text(), runs[1].Text()],
            (await history.Find([runs[0].Key, Key("none"), runs[3].Key, runs[0].Key], default))
            .Select(run => run?.Text()));
        Assert.True(await history.Contains(runs[0].Key, default));
        Assert.False(await history.Contains(Key("none"), default));
        Assert.False(await history.Contains(RunKey.Parse("other/a"), default));
    }

    [Fact]
    public async Task Hidden_runs_are_found_and_never_listed()
    {
        await using var history = await Open();
        var hidden = Run("hidden") with { Phase = RunPhase.Failed, IsRefused = true };
        Assert.True(hidden.IsHidden);
        await history.Write([hidden, Run("seen")], default);
        await AssertHas(history, [Run("seen")]);
        Assert.True(await history.Contains(hidden.Key, default));
        Assert.Equal(hidden.Text(), Assert.Single(await history.Find([hidden.Key], default))!.Text());
        Assert.Empty(await All(history, new HistoryQuery { Name = "hidden" }));
    }

    [Fact]
    public async Task An_owner_covers_who_is_below_and_not_whose_name_begins_alike()
    {
        await using var history = await Open();
        await history.Write([.. Owners.Select((owner, i) => Run($"r{i}", i) with { Owner = owner })], default);
        await AssertOwners(["org:ai:rai", "org:ai"], new HistoryQuery { Owner = "org:ai" });
        await AssertOwners(["org:a%"], new HistoryQuery { Owner = "org:a%" });
        await AssertOwners(["org:a_"], new HistoryQuery { Owner = "org:a_" });
        await AssertOwners(["org:o'neil"], new HistoryQuery { Owner = "org:o'neil" });
        await AssertOwners([.. Owners.Reverse()], new HistoryQuery { Owner = "*" });
        await AssertOwners([], new HistoryQuery { Owner = "' OR '1' = '1" });
        await AssertOwners([], new HistoryQuery { VisibleOwners = [] });
        await AssertOwners(["lab:\"q\"", "lab", "org:air"], new HistoryQuery { VisibleOwners = ["org:air", "lab"] });
        await AssertOwners([.. Owners.Reverse()], new HistoryQuery { VisibleOwners = ["lab", "*"] });
        await AssertOwners(["org:ai:rai"], new HistoryQuery { Owner = "org", VisibleOwners = ["org:ai:rai", "lab"] });

        async Task AssertOwners(string[] owners, HistoryQuery query) =>
            Assert.Equal(owners, (await All(history, query)).Select(run => run.Owner));
    }

    [Fact]
    public async Task Text_that_no_database_takes_matches_nothing()
    {
        await using var history = await Open();
        await history.Write([Run("a")], default);
        foreach (var text in new[] { "a\0", "\0", "a\ud800", "\udc00" })
        {
            var key = new RunKey(text, text);
            Assert.False(await history.Contains(key, default));
            Assert.Equal([null, Run("a").Text()],
                (await history.Find([key, Run("a").Key], default)).Select(run => run?.Text()));
            HistoryQuery[] queries = [new() { Namespace = text }, new() { Name = text }, new() { Flavor = text },
                new() { Owner = text }, new() { VisibleOwners = [text] }, new() { Continue = $"5,{text}/{text},5" }];
            foreach (var query in queries)
                Assert.Empty((await history.List(query, default)).Items);
        }
    }

    [Fact]
    public async Task Pages_together_are_all_that_matches_in_order()
    {
        var runs = Random(2, 400);
        await using var history = await Open();
        await history.Write(runs, default);
        // FsCheck's properties are synchronous; there is no context that the wait could block.
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), choices => Compare(choices).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(QueriesMax).WithEndSize(20));

        async Task Compare(byte[] choices)
        {
            var query = Query(choices, runs);
            var expected = runs.Where(query.Matches).OrderBy(HistoryPlace.Of, HistoryPlace.Order);
            Assert.Equal(expected.Texts(), (await All(history, query)).Texts());
        }
    }

    [Fact]
    public async Task The_newest_of_a_shard_are_its_last_ones_and_each_run_once()
    {
        await using var history = await Open();
        RunRecord[] runs = [.. Enumerable.Range(0, 100).Select(i => Run($"r{i}", i, i))];
        RunRecord[] again = [.. runs.Where((_, i) => i % 10 == 0).Select((run, i) => Run(run.Key.Name, 200 + i, 150))];
        await history.Write([.. runs, .. again], default);
        var since = Began + TimeSpan.FromSeconds(30);
        for (var shard = 0; shard < RunShard.Count; shard++)
        {
            var last = runs.Concat(again).Where(run => RunShard.Of(run.Key) == shard && run.FinishedAt >= since)
                .OrderByDescending(run => run.FinishedAt).ToArray();
            Assert.Equal(last.DistinctBy(run => run.Key).Texts(),
                (await history.Newest(shard, since, 1_000, long.MaxValue, default)).Texts());
            Assert.Equal(last.Take(3).DistinctBy(run => run.Key).Texts(),
                (await history.Newest(shard, since, 3, long.MaxValue, default)).Texts());
            var bytes = last.Take(2).Sum(RunWeight.Of);
            Assert.Equal(last.Take(2).DistinctBy(run => run.Key).Texts(),
                (await history.Newest(shard, since, 1_000, bytes, default)).Texts());
        }
    }

    [Fact]
    public async Task Writers_beside_each_other_lose_nothing_and_double_nothing()
    {
        await using var one = await Open();
        await using var other = await Open();
        var runs = Random(3, 600);
        // Every run is written by both, in another order each time.
        var writes = runs.Chunk(20).Select(some => one.Write(some, default))
            .Concat(runs.Reverse().Chunk(30).Select(some => other.Write(some, default)))
            .Concat(runs.Chunk(7).Select(some => one.Write(some.Reverse().ToArray(), default)));
        await Task.WhenAll(writes);
        await AssertHas(one, runs);
        await AssertHas(other, runs);
    }

    [Fact]
    public async Task Many_questions_at_a_time_get_each_its_answer()
    {
        await using var history = await Open();
        await history.Write([.. Enumerable.Range(0, 500).Select(i => Run($"r{i * 2}"))], default);
        var here = await Task.WhenAll(
            Enumerable.Range(0, 3_000).Select(i => history.Contains(Key($"r{i}"), default).AsTask()));
        Assert.Equal(Enumerable.Range(0, 3_000).Select(i => i < 1_000 && i % 2 == 0), here);
        var found = await Task.WhenAll(Enumerable.Range(0, 200).Select(
            i => history.Find([Key($"r{i}"), Key("none"), Key($"r{i + 2}")], default).AsTask()));
        Assert.All(found.Index(), answer => Assert.Equal(answer.Index % 2 == 0
            ? [Key($"r{answer.Index}"), null, Key($"r{answer.Index + 2}")] : [null, null, null],
            answer.Item.Select(run => run?.Key)));
    }

    [Fact]
    public async Task A_page_of_wide_runs_is_short_and_the_next_ones_have_the_rest()
    {
        await using var history = await Open();
        var env = new Dictionary<string, string> { ["TEXT"] = new('x', (int)(PageRoom.BytesMax / 4 / 3)) };
        var runs = Enumerable.Range(0, 8).Select(i => Run($"r{i}", ended: i) with
        {
            Spec = Run("r").Spec with { Workload = new Workload { Image = "i", Env = env } },
        }).ToArray();
        await history.Write(runs, default);
        var (seen, query) = (new List<RunKey>(), new HistoryQuery { Limit = RunQuery.LimitMax });
        for (var sizes = new List<int>(); ;)
        {
            var page = await history.List(query, default);
            sizes.Add(page.Items.Count);
            seen.AddRange(page.Items.Select(run => run.Key));
            query = query with { Continue = page.Continue };
            if (page.Continue is not null)
                continue;
            Assert.Equal([2, 2, 2, 2], sizes);
            break;
        }
        Assert.Equal(runs.Select(run => run.Key).Reverse(), seen);
    }

    private protected static RunKey Key(string name) => Run(name).Key;

    /// <summary>That the history lists these runs, each once, and knows all of their names.</summary>
    private protected static async Task AssertHas(SqlHistory history, IEnumerable<RunRecord> runs)
    {
        var expected = runs.ToArray();
        Assert.Equal(expected.Where(run => !run.IsHidden).OrderBy(HistoryPlace.Of, HistoryPlace.Order).Texts(),
            (await All(history, new HistoryQuery { Limit = RunQuery.LimitMax })).Texts());
        foreach (var same in expected.GroupBy(run => run.Key))
        {
            Assert.True(await history.Contains(same.Key, default));
            Assert.Equal(same.MaxBy(run => run.SubmittedAt)!.Text(),
                Assert.Single(await history.Find([same.Key], default))?.Text());
        }
    }

    /// <summary>All pages of a query, each of which is full but the last.</summary>
    private protected static async Task<IReadOnlyList<RunRecord>> All(SqlHistory history, HistoryQuery query)
    {
        var all = new List<RunRecord>();
        for (var next = query; ;)
        {
            var page = await history.List(next, default);
            all.AddRange(page.Items);
            if (page.Continue is null)
                return all;
            Assert.Equal(query.Limit, page.Items.Count);
            next = next with { Continue = page.Continue };
        }
    }

    /// <summary>A query by choices; none, or 0, leaves a filter away.</summary>
    private static HistoryQuery Query(byte[] choices, IReadOnlyList<RunRecord> runs)
    {
        var taken = 0;
        T? Choose<T>(Func<byte, T> value) => taken < choices.Length && choices[taken++] is var choice and > 0
            ? value(choice) : default;
        var some = runs[Choose(choice => (int)choice)];
        return new HistoryQuery
        {
            Limit = 1 + Choose(choice => (int)choice),
            Namespace = Choose(_ => some.Key.Namespace),
            Name = Choose(choice => choice % 4 == 0 ? some.Key.Name : null),
            Owner = Choose(choice => Owners[choice % Owners.Length]),
            VisibleOwners = Choose(choice => Owners.Where((_, i) => choice % (i + 2) == 0).ToArray()),
            Flavor = Choose(choice => choice % 2 == 0 ? Flavors[choice % Flavors.Length] : null),
            Phase = Choose<RunPhase?>(choice => choice % 2 == 0 ? RunPhase.Failed : RunPhase.Completed),
            From = Choose<DateTimeOffset?>(choice => Began + TimeSpan.FromSeconds(choice % 20)),
            To = Choose<DateTimeOffset?>(choice => Began + TimeSpan.FromSeconds(choice % 20 + 2)),
        };
    }
}
