using System.Text.Json;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Jobtree.Actors.Runs;
using Jobtree.Bench.Load;
using Jobtree.Core.Json;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Bench.Pieces;

/// <summary>
/// What the formats written by hand buy over source-generated JSON, for the two kinds of record that every admission
/// writes: an entry of the ledger that starts a run, and the three events of a run's journal.
/// </summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class FormatPieces
{
    private const string WriteEntry = "write entry";
    private const string ReadEntry = "read entry";
    private const string WriteEvents = "write 3 events";
    private const string ReadEvents = "read 3 events";

    private readonly SharedText texts = new();
    private readonly LedgerEntry entry = SampleRecords.Start;
    private readonly RunEvent[] events = SampleRecords.LifeOfARun;
    private byte[] entryBytes = [];
    private byte[][] eventBytes = [];

    /// <summary>Writes what is to be read.</summary>
    [GlobalSetup]
    public void Write()
    {
        entryBytes = JsonSerializer.SerializeToUtf8Bytes(entry, LedgerJson.Default.LedgerEntry);
        eventBytes = [.. events.Select(each => JsonSerializer.SerializeToUtf8Bytes(each, RunJson.Default.RunEvent))];
    }

    /// <summary>The serializer.</summary>
    [BenchmarkCategory(WriteEntry), Benchmark(Baseline = true)]
    public int EntryWrittenGenerated() =>
        JsonSerializer.SerializeToUtf8Bytes(entry, LedgerJson.Default.LedgerEntry).Length;

    /// <summary>By hand.</summary>
    [BenchmarkCategory(WriteEntry), Benchmark]
    public int EntryWrittenByHand()
    {
        var writer = new RecordWriter(stackalloc byte[1024]);
        LedgerFormat.Write(ref writer, entry);
        var length = writer.Written.Length;
        writer.Dispose();
        return length;
    }

    /// <summary>The serializer.</summary>
    [BenchmarkCategory(ReadEntry), Benchmark(Baseline = true)]
    public object? EntryReadGenerated() => JsonSerializer.Deserialize(entryBytes, LedgerJson.Default.LedgerEntry);

    /// <summary>By hand.</summary>
    [BenchmarkCategory(ReadEntry), Benchmark]
    public object EntryReadByHand() => LedgerFormat.Read(entryBytes, texts);

    /// <summary>The serializer.</summary>
    [BenchmarkCategory(WriteEvents), Benchmark(Baseline = true)]
    public int EventsWrittenGenerated()
    {
        var length = 0;
        foreach (var each in events)
            length += JsonSerializer.SerializeToUtf8Bytes(each, RunJson.Default.RunEvent).Length;
        return length;
    }

    /// <summary>By hand.</summary>
    [BenchmarkCategory(WriteEvents), Benchmark]
    public int EventsWrittenByHand()
    {
        var length = 0;
        foreach (var each in events)
            length += WriteByHand(each);
        return length;
    }

    /// <summary>The serializer.</summary>
    [BenchmarkCategory(ReadEvents), Benchmark(Baseline = true)]
    public object? EventsReadGenerated()
    {
        RunEvent? last = null;
        foreach (var bytes in eventBytes)
            last = JsonSerializer.Deserialize(bytes, RunJson.Default.RunEvent);
        return last;
    }

    /// <summary>By hand.</summary>
    [BenchmarkCategory(ReadEvents), Benchmark]
    public object? EventsReadByHand()
    {
        RunEvent? last = null;
        foreach (var bytes in eventBytes)
            last = RunEventFormat.Read(bytes, texts);
        return last;
    }

    private static int WriteByHand(RunEvent change)
    {
        var writer = new RecordWriter(stackalloc byte[512]);
        RunEventFormat.Write(ref writer, change);
        var length = writer.Written.Length;
        writer.Dispose();
        return length;
    }
}
