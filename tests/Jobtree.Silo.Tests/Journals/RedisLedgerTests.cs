using System.Text.Json;
using Jobtree.Actors.Flavors;
using Jobtree.Core.Scheduling;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Journals.Redis;
using Jobtree.Silo.Tests.Servers;
using static Jobtree.Silo.Tests.Journals.Stores;

namespace Jobtree.Silo.Tests.Journals;

public sealed class RedisLedgerTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [RedisFact]
    public async Task A_ledger_is_read_in_pages_and_says_where_it_begins()
    {
        await using var redis = await RedisServer.Begin();
        await using var journals = await Open(Calm(redis) with { FlavorRecordsKept = 3, PageRecords = 2 });
        Assert.Empty((await journals.Ledgers.Read("H100", 0, 10, default)).Entries);
        var (_, journal) = await journals.Activate(Flavor);
        await journal.Write(0, "1", "2", "3", "4", "5", "6");
        var page = await journals.Ledgers.Read("H100", 0, 10, default);
        Assert.Equal((1, "1 2"), (page.First, Texts(page)));
        page = await journals.Ledgers.Read("H100", 4, 10, default);
        Assert.Equal((1, "5 6"), (page.First, Texts(page)));
        Assert.Empty((await journals.Ledgers.Read("H100", 6, 10, default)).Entries);

        await journal.Save(5, State(5), default);
        page = await journals.Ledgers.Read("H100", 0, 1, default);
        Assert.Equal((2, "2"), (page.First, Texts(page)));
    }

    [RedisFact]
    public async Task The_kept_state_serves_instants_that_are_not_before_it()
    {
        await using var redis = await RedisServer.Begin();
        await Serves(Calm(redis));
        await Serves(Calm(redis) with { Service = "chunks", SnapshotChunkBytes = 16 });
    }

    private static async Task Serves(RedisJournalOptions options)
    {
        await using var journals = await Open(options);
        Assert.Null(await journals.Ledgers.StateBefore("H100", Noon, default));
        var (_, journal) = await journals.Activate(Flavor);
        await journal.Write(0, "1", "2");
        await journal.Save(2, State(2), default);
        Assert.Equal(2, (await journals.Ledgers.StateBefore("H100", Noon, default))!.Sequence);
        Assert.Null(await journals.Ledgers.StateBefore("H100", Noon.AddTicks(-1), default));
    }

    private static byte[] State(long sequence) => JsonSerializer.SerializeToUtf8Bytes(
        new FlavorActorSnapshot(new FlavorSnapshot { Sequence = sequence, At = Noon }, []),
        FlavorJson.Default.FlavorActorSnapshot);

    private static string Texts(Actors.Ports.LedgerPage page) =>
        string.Join(' ', page.Entries.Select(entry => Text(entry.Bytes)));
}
