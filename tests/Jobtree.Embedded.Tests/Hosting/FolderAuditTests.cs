using Jobtree.Actors.Operations;
using Jobtree.Embedded.Hosting;
using Jobtree.Embedded.Journal;

namespace Jobtree.Embedded.Tests.Hosting;

/// <summary>The audit of a folder: clean ones are clean, and whoever changed a byte is found.</summary>
public sealed class FolderAuditTests
{
    [Fact]
    public async Task A_clean_folder_is_clean_beside_its_live_host_and_after_it()
    {
        await using var bench = await Lived();
        var live = (await bench.Operations.Audit()).Value!;
        var report = FolderAudit.Run(bench.Data);
        Assert.Empty(report.Violations);
        Assert.Equal(live.Heads, report.Heads);
        Assert.Equal((live.Records, live.Leases), (report.Records, report.Leases));
        await bench.Fleet.Snapshot();
        await bench.Restart();
        Assert.Equal(live.Heads, FolderAudit.Run(bench.Data).Heads);
    }

    [Fact]
    public async Task A_changed_ledger_entry_with_a_forged_checksum_breaks_the_chain_where_it_stands()
    {
        await using var bench = await Lived();
        await bench.Fleet.DisposeAsync();
        var head = FolderAudit.Run(bench.Data).Heads["H100"];
        var entries = Positions.Of(bench.Journal).Where(record => record.Actor == "flavor/H100").Select(
            record => record.At).ToList();
        var random = new Random(11);
        for (var i = 0; i < entries.Count; i++)
        {
            var at = entries[i];
            var original = await File.ReadAllBytesAsync(at.File);
            await File.WriteAllBytesAsync(at.File, Forge(original, (int)at.Offset, random));
            var report = FolderAudit.Run(bench.Data);
            // Either the entry itself no longer follows, or the next one names another hash.
            if (i + 1 < entries.Count)
                Assert.Contains(report.Violations, violation => violation.Invariant == 9
                    && (violation.Where.EndsWith($"offset {at.Offset}", StringComparison.Ordinal)
                    || violation.Where.EndsWith($"offset {entries[i + 1].Offset}", StringComparison.Ordinal)));
            else
                Assert.NotEqual(head, report.Heads["H100"]);
            await File.WriteAllBytesAsync(at.File, original);
        }
        Assert.Empty(FolderAudit.Run(bench.Data).Violations);
    }

    [Fact]
    public async Task A_changed_byte_is_found_by_its_checksum()
    {
        await using var bench = await Lived();
        await bench.Fleet.DisposeAsync();
        var records = Positions.Of(bench.Journal).Select(record => record.At).ToList();
        var random = new Random(12);
        for (var i = 0; i + 20 < records.Count; i += 9)
        {
            var (at, end) = (records[i], records[i + 1].Offset);
            var original = await File.ReadAllBytesAsync(at.File);
            var bytes = (byte[])original.Clone();
            var place = random.NextInt64(at.Offset, Math.Min(end, at.Offset + 60));
            bytes[place] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(at.File, bytes);
            var violation = Assert.Single(FolderAudit.Run(bench.Data).Violations, violation =>
                violation.What.Contains("journal is damaged", StringComparison.Ordinal));
            Assert.Equal($"{at.File}, offset {at.Offset}", violation.Where);
            await File.WriteAllBytesAsync(at.File, original);
        }
    }

    [Theory]
    [InlineData("run/")]
    [InlineData("flavor/")]
    public async Task A_record_that_no_actor_can_take_in_is_named_and_stops_the_start(string kind)
    {
        await using var bench = await Lived();
        await bench.Fleet.DisposeAsync();
        var at = Positions.Of(bench.Journal).First(record => record.Actor.StartsWith(kind, StringComparison.Ordinal))
            .At;
        var bytes = await File.ReadAllBytesAsync(at.File);
        var header = FileHeader.Read(bytes, "log", isSnapshot: false, 1);
        Assert.True(FrameHeader.TryRead(bytes.AsSpan((int)at.Offset), header.SaltState, FrameHeader.PayloadBytesLimit,
            out var frame));
        bytes.AsSpan((int)at.Offset + FrameHeader.Bytes + frame.KeyBytes, frame.PayloadBytes).Fill((byte)' ');
        FrameHeader.Seal(bytes.AsSpan((int)at.Offset, frame.FrameBytes), header.SaltState, frame.BatchOffset);
        await File.WriteAllBytesAsync(at.File, bytes);
        var damage = await Assert.ThrowsAsync<JournalDamagedException>(() => bench.Open());
        Assert.Equal((at.File, at.Offset), (damage.File, damage.Offset));
    }

    private static byte[] Forge(byte[] original, int at, Random random)
    {
        var bytes = (byte[])original.Clone();
        var header = FileHeader.Read(bytes, "log", isSnapshot: false, 1);
        Assert.True(
            FrameHeader.TryRead(bytes.AsSpan(at), header.SaltState, FrameHeader.PayloadBytesLimit, out var frame));
        bytes[at + FrameHeader.Bytes + frame.KeyBytes + random.Next(frame.PayloadBytes)] ^= (byte)(1 << random.Next(7));
        FrameHeader.Seal(bytes.AsSpan(at, frame.FrameBytes), header.SaltState, frame.BatchOffset);
        return bytes;
    }

    private static async Task<FleetBench> Lived()
    {
        var bench = new FleetBench();
        await bench.Begin();
        await bench.Live(runs: 30);
        await bench.Everything();
        return bench;
    }
}
