using System.Text;
using System.Text.Json;
using Jobtree.Core.Json;
using Jobtree.Core.Model;

namespace Jobtree.Core.Tests.Json;

public sealed class RecordWriterTests
{
    [Fact]
    public void Every_character_is_written_as_the_serializer_writes_it()
    {
        for (var code = 0; code <= char.MaxValue; code++)
        {
            var text = new string((char)code, 1);
            if (!Written(text).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(text)))
                Assert.Fail($"U+{code:X4} is {Encoding.UTF8.GetString(Written(text))}");
        }
    }

    [Fact]
    public void A_record_outgrows_the_buffer_it_begins_in()
    {
        var writer = new RecordWriter(stackalloc byte[4]);
        writer.BeginArray();
        for (var i = 0; i < 5000; i++)
            writer.Value($"element {i}");
        writer.EndArray();
        var read = JsonSerializer.Deserialize<string[]>(writer.Written)!;
        writer.Dispose();
        Assert.Equal(Enumerable.Range(0, 5000).Select(i => $"element {i}"), read);
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(0x8000000000000000UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData(0x5555555555555555UL)]
    [InlineData(0xAAAAAAAAAAAAAAAAUL)]
    [InlineData(0x4FUL)]
    [InlineData(0xC000000000000001UL)]
    public void Slots_read_back(ulong mask)
    {
        var slots = new NodeSlots("node#7", mask);
        Assert.Equal(slots, NodeSlots.Parse(slots.ToString()));
        Assert.True(
            NodeSlots.TryParseOrdinals(Encoding.ASCII.GetBytes(slots.ToString()["node#7#".Length..]), out var read));
        Assert.Equal(mask, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("1,")]
    [InlineData("3-1")]
    [InlineData("64")]
    [InlineData("1-64")]
    [InlineData("99999999999999999999")]
    [InlineData("-1")]
    [InlineData("1 ")]
    [InlineData("1--2")]
    public void What_is_no_list_of_ordinals_is_refused(string text)
    {
        Assert.False(NodeSlots.TryParseOrdinals(Encoding.ASCII.GetBytes(text), out _));
        Assert.False(NodeSlots.TryParse("node#" + text, out _));
    }

    [Fact]
    public void Shared_texts_are_one_string_and_stay_right_when_there_are_too_many()
    {
        var texts = new SharedText();
        Assert.Same(texts.Of("owner"u8), texts.Of("owner"u8));
        for (var i = 0; i < 3 * SharedText.TextsMax; i++)
        {
            var text = $"node-{i}";
            Assert.Equal(text, texts.Of(Encoding.UTF8.GetBytes(text)));
        }
        Assert.Equal("Zürich", texts.Of("Zürich"u8));
    }

    private static byte[] Written(string text)
    {
        var writer = new RecordWriter(stackalloc byte[16]);
        writer.Value(text);
        var written = writer.Written.ToArray();
        writer.Dispose();
        return written;
    }
}
