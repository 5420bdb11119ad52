using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Jobtree.Actors.Envelopes;
using Jobtree.Actors.Flavors;
using Jobtree.Actors.Runs;
using Jobtree.Core.Json;
using Jobtree.Core.Scheduling;
using Jobtree.Core.Tests.Json;

namespace Jobtree.Actors.Tests.Records;

/// <summary>
/// Journals of earlier versions stay readable, and this one's are no different: records have the bytes that the
/// serializer gave them.
/// </summary>
public sealed class RecordFormatTests
{
    private delegate void Write<in T>(ref RecordWriter writer, T record);

    private delegate T Read<out T>(ReadOnlySpan<byte> record);

    [Fact]
    public void Events_of_runs() =>
        Check(RunJson.Default.RunEvent, RunEventFormat.Write, record => RunEventFormat.Read(record, new SharedText()));

    [Fact]
    public void States_of_flavors_whose_names_are_shared()
    {
        var records = new RandomRecords(new Random(7));
        for (var i = 0; i < 500; i++)
        {
            var written = JsonSerializer.SerializeToUtf8Bytes(
                records.Make<FlavorActorSnapshot>(), FlavorJson.Default.FlavorActorSnapshot);
            var read = FlavorSnapshotReader.Read(written);
            Assert.Equal(Encoding.UTF8.GetString(written), Encoding.UTF8.GetString(
                JsonSerializer.SerializeToUtf8Bytes(read, FlavorJson.Default.FlavorActorSnapshot)));
        }
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"state":{"running":[]}}""")]
    [InlineData("""{"state":{"at":"yesterday"},"undelivered":[]}""")]
    public void What_is_no_state_of_a_flavor_is_refused(string text) =>
        Assert.ThrowsAny<JsonException>(
            () => FlavorSnapshotReader.Read(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"at":"2026-11-20T08:00:00+00:00","submitted":{"owner":"o"}}""")]
    [InlineData("""{"at":"2026-11-20T08:00:00+00:00","submitted":{"owner":"o","spec":{}}}""")]
    [InlineData("""{"at":"2026-11-20T08:00:00+00:00","fact":{"sequence":1}}""")]
    [InlineData("""{"at":"2026-11-20T08:00:00+00:00","ended":[]}""")]
    public void What_is_no_event_is_refused(string text) =>
        Assert.ThrowsAny<JsonException>(() => RunEventFormat.Read(Encoding.UTF8.GetBytes(text), null));

    private static void Check<T>(JsonTypeInfo<T> type, Write<T> write, Read<T> read)
    {
        var records = new RandomRecords(new Random(5));
        for (var i = 0; i < 2000; i++)
        {
            var record = records.Make<T>();
            var expected = Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(record, type));
            var written = Written(record, write);
            Assert.Equal(expected, Encoding.UTF8.GetString(written));
            Assert.Equal(expected, Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(read(written), type)));
        }
    }

    private static byte[] Written<T>(T record, Write<T> write)
    {
        var writer = new RecordWriter(stackalloc byte[64]);
        write(ref writer, record);
        var written = writer.Written.ToArray();
        writer.Dispose();
        return written;
    }
}
