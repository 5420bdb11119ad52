using System.Text;
using System.Text.Json;
using Jobtree.Actors.Flavors;
using Jobtree.Core.Scheduling;
using Jobtree.Journal;

namespace Jobtree.Journal.Tests;

/// <summary>A ledger is read back from a log on disk beside its writer, from any entry on.</summary>
public sealed class DiskLedgersTests : IAsyncDisposable
{
    private const string Flavor = "flavor/H100";
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly TemporaryFolder _folder = new();
    private readonly JournalLog _log;
    private readonly DiskLedgers _ledgers;
    private long _written;
    private long _others;

    public DiskLedgersTests()
    {
        var options = Workload.Options(_folder.Of("journal")) with { CompressSegments = true };
        _log = JournalLog.Open(options, new Replayed());
        _ledgers = new DiskLedgers(options.Folder);
    }

    public async ValueTask DisposeAsync()
    {
        _ledgers.Dispose();
        await _log.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_are_whole_and_in_order_over_segments_and_snapshots(bool snapshots)
    {
        for (var part = 0; part < 4; part++)
        {
            await Write(400);
            if (snapshots)
                await Snapshot();
        }
        foreach (var after in new[] { 0L, 1, 399, 400, 401, 1000, 1599 })
            Assert.Equal(Numbers(after + 1, 1600), await All("H100", after));
        Assert.Empty((await _ledgers.Read("H100", 1600, 10, default)).Entries);
        Assert.Empty((await _ledgers.Read("A100", 0, 10, default)).Entries);
        Assert.Equal(1, (await _ledgers.Read("H100", 700, 10, default)).First);
    }

    [Fact]
    public async Task A_reader_that_follows_gets_what_is_written_later()
    {
        var after = 0L;
        for (var round = 0; round < 30; round++)
        {
            await Write(round % 7 == 0 ? 300 : 3);
            if (round % 11 == 10)
                await Snapshot();
            var got = await All("H100", after);
            Assert.Equal(Numbers(after + 1, _written), got);
            after = _written;
            Assert.Empty((await _ledgers.Read("H100", after, 10, default)).Entries);
        }
    }

    [Fact]
    public async Task Readers_continue_where_segments_were_compressed_meanwhile()
    {
        for (var part = 0; part < 16; part++)
            await Write(100);
        var before = await All("H100", 0);
        // Stops in the middle of the first segment, and goes on in it when it is gone.
        Assert.Equal(50, (await _ledgers.Read("H100", 0, 50, default)).Entries.Count);
        await Snapshot();
        await Snapshot();
        await Eventually.Holds(() => _folder.Count("journal", "*.log") == 2);
        Assert.True(_folder.Count("journal", "*.log.gz") > 4);
        Assert.Equal(Numbers(51, 1600), await All("H100", 50));
        Assert.Equal(before, await All("H100", 0));
        await Write(10);
        Assert.Equal(Numbers(1601, 1610), await All("H100", 1600));
    }

    [Fact]
    public async Task Entries_in_segments_that_were_moved_away_are_reported_as_missing()
    {
        for (var part = 0; part < 16; part++)
            await Write(100);
        await Snapshot();
        await Write(5);
        await Snapshot();
        await Eventually.Holds(() => _folder.Count("journal", "*.log") == 2);
        var moved = _folder.Move("journal", "00000001.log.gz", "00000002.log.gz");
        var page = await _ledgers.Read("H100", 0, 10, default);
        Assert.InRange(page.First, 101, 1000);
        Assert.Equal(page.First, page.Entries[0].Sequence);
        Assert.Equal(Numbers(page.First, 1605), await All("H100", 0));
        foreach (var after in new[] { page.First, 1500, 1600, 1605 })
        {
            Assert.Equal(page.First, (await _ledgers.Read("H100", after, 10, default)).First);
            Assert.Equal(Numbers(after + 1, 1605), await All("H100", after));
        }
        Assert.Equal(1, (await _ledgers.Read("A100", 0, 10, default)).First);
        Assert.Equal(1600, (await _ledgers.StateBefore("H100", At(1604), default))!.Sequence);
        Assert.Null(await _ledgers.StateBefore("H100", At(1599), default));
        await Write(10);
        Assert.Equal(Numbers(1606, 1615), await All("H100", 1605));

        // Brought back, everything can be told again.
        foreach (var segment in Directory.GetFiles(moved))
            File.Move(segment, Path.Combine(_folder.Of("journal"), Path.GetFileName(segment)));
        Assert.Equal(Numbers(1, 1615), await All("H100", 0));
        Assert.Equal(1, (await _ledgers.Read("H100", 1600, 10, default)).First);
    }

    [Fact]
    public async Task A_ledger_of_which_nothing_is_left_begins_after_its_state()
    {
        await Write(100);
        await Snapshot();
        await Snapshot();
        await Eventually.Holds(() => _folder.Count("journal", "*.log") == 2);
        _folder.Move("journal", "00000001.log.gz");
        for (var round = 0; round < 3; round++)
        {
            var page = await _ledgers.Read("H100", 0, 10, default);
            Assert.Equal((101, 0), (page.First, page.Entries.Count));
            Assert.Equal(101, (await _ledgers.Read("H100", 100, 10, default)).First);
        }
        await Write(1);
        Assert.Equal(Numbers(101, 101), await All("H100", 0));
        Assert.Equal(101, (await _ledgers.Read("H100", 0, 10, default)).First);
    }

    [Fact]
    public async Task Many_readers_at_a_time_do_not_disturb_each_other()
    {
        await Write(1200);
        var readers = Enumerable.Range(0, 40).Select(reader => Task.Run(() => All("H100", reader * 7))).ToArray();
        var read = await Task.WhenAll(readers);
        for (var reader = 0; reader < read.Length; reader++)
            Assert.Equal(Numbers(reader * 7 + 1, 1200), read[reader]);
    }

    [Fact]
    public async Task The_newest_state_before_an_instant_is_found_among_the_snapshots()
    {
        Assert.Null(await _ledgers.StateBefore("H100", Epoch.AddYears(1), default));
        await Write(10);
        await Snapshot();
        await Write(10);
        await Snapshot();
        Assert.Null(await _ledgers.StateBefore("H100", At(9), default));
        Assert.Equal(10, (await _ledgers.StateBefore("H100", At(10), default))!.Sequence);
        Assert.Equal(10, (await _ledgers.StateBefore("H100", At(19), default))!.Sequence);
        Assert.Equal(20, (await _ledgers.StateBefore("H100", At(20), default))!.Sequence);
        Assert.Null(await _ledgers.StateBefore("A100", At(20), default));
    }

    private static DateTimeOffset At(long sequence) => Epoch.AddMinutes(sequence);

    private static IEnumerable<string> Numbers(long from, long to)
    {
        for (var number = from; number <= to; number++)
            yield return $"{number}:{number}";
    }

    private async Task Write(int entries)
    {
        for (var i = 0; i < entries; i++)
        {
            _log.Append(Flavor, ++_written, Encoding.ASCII.GetBytes($"{_written}{new string(' ', 90)}"));
            _log.Append("run/default/other", ++_others, "other"u8);
        }
        await _log.WaitDurable(_log.LastLsn);
    }

    private async Task Snapshot()
    {
        using var snapshot = await _log.BeginSnapshot();
        var state = new FlavorActorSnapshot(new FlavorSnapshot { Sequence = _written, At = At(_written) }, []);
        snapshot.Add(Flavor, _written,
            JsonSerializer.SerializeToUtf8Bytes(state, FlavorJson.Default.FlavorActorSnapshot));
        snapshot.Add("run/default/other", _others, "state"u8);
        await snapshot.Commit();
    }

    private async Task<IReadOnlyList<string>> All(string flavor, long after)
    {
        var read = new List<string>();
        while (await _ledgers.Read(flavor, after, 97, default) is { Entries: { Count: > 0 } page })
        {
            read.AddRange(page.Select(entry => $"{entry.Sequence}:{Encoding.ASCII.GetString(entry.Bytes).Trim()}"));
            after = page[^1].Sequence;
        }
        return read;
    }
}
