using System.Text;
using System.Text.Json;
using Jobtree.Core.Json;
using Jobtree.Core.Ledger;
using Jobtree.Core.Tests.Json;

namespace Jobtree.Core.Tests.Ledger;

/// <summary>
/// Ledgers are hashed: an entry must have the same bytes whoever writes it, now and in the ledgers of earlier versions.
/// </summary>
public sealed class LedgerFormatTests
{
    [Fact]
    public void Entries_are_the_bytes_of_the_serializer_and_read_back_whole()
    {
        var records = new RandomRecords(new Random(7));
        var texts = new SharedText();
        for (var i = 0; i < 3000; i++)
        {
            var entry = records.Make<LedgerEntry>();
            var expected = JsonSerializer.SerializeToUtf8Bytes(entry, LedgerJson.Default.LedgerEntry);
            var written = Written(entry);
            Assert.Equal(Encoding.UTF8.GetString(expected), Encoding.UTF8.GetString(written));
            var read = LedgerFormat.Read(written, texts);
            Assert.Equal(Encoding.UTF8.GetString(expected),
                Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(read, LedgerJson.Default.LedgerEntry)));
        }
    }

    [Fact]
    public void Members_in_another_order_and_unknown_ones_are_read_as_ever()
    {
        var read = LedgerFormat.Read(
            """
            { "later": {"a": [1, {}]}, "open": { "leases": [ {"slots": ["n#0-3,6"], "x": 1, "payer": "b/e"} ],
              "firstLease": 4, "run": "a/b" }, "at": "2026-11-20T08:00:00+00:00", "sequence": 3 }
            """u8, null);
        Assert.Equal((3, "a/b", "n#0-3,6", "b/e"), (read.Sequence, read.Open!.Run.ToString()!, read.Open.Leases[0]
            .Slots[0].ToString(), read.Open.Leases[0].Payer.ToString()!));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("""{"sequence":"1"}""")]
    [InlineData("""{"sequence":1.5}""")]
    [InlineData("""{"sequence":99999999999999999999}""")]
    [InlineData("""{"at":"yesterday"}""")]
    [InlineData("""{"previous":7}""")]
    [InlineData("""{"close":[{"run":"a"},3]}""")]
    [InlineData("""{"close":[{"run":"a/b/c"}]}""")]
    [InlineData("""{"close":[{"run":"a/b","reason":"Bored"}]}""")]
    [InlineData("""{"open":{"leases":[{}],"firstLease":1}}""")]
    [InlineData("""{"open":{"leases":[{"slots":["n"]}],"firstLease":1}}""")]
    [InlineData("""{"open":{"leases":[{"slots":["n#64"]}],"firstLease":1}}""")]
    [InlineData("""{"open":{"leases":[{"slots":["n#1"],"payer":"b"}],"firstLease":1}}""")]
    [InlineData("""{"open":{"leases":[]}}""")]
    [InlineData("""{"queue":{"run":"a/b","owner":"o","gpus":1}}""")]
    [InlineData("""{"queue":{"run":"a/b","owner":"o","gpus":"1","submittedAt":"2026-11-20T08:00:00+00:00"}}""")]
    public void What_is_no_entry_is_refused(string text) =>
        Assert.ThrowsAny<JsonException>(() => LedgerFormat.Read(Encoding.UTF8.GetBytes(text), null));

    [Fact]
    public void Bytes_gone_wrong_are_refused_or_read_but_never_harm()
    {
        var records = new RandomRecords(new Random(11));
        var random = new Random(13);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = Written(records.Make<LedgerEntry>());
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                LedgerFormat.Read(bytes.AsSpan(0, random.Next(3) == 0 ? random.Next(bytes.Length) : bytes.Length),
                    null);
            }
            catch (JsonException)
            {
                // As it should.
            }
        }
    }

    private static byte[] Written(LedgerEntry entry)
    {
        var writer = new RecordWriter(stackalloc byte[64]);
        LedgerFormat.Write(ref writer, entry);
        var written = writer.Written.ToArray();
        writer.Dispose();
        return written;
    }
}
