using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Jobtree.Bench.Http;
using Jobtree.Bench.Load;
using Jobtree.Core.Json;
using Jobtree.Core.Ledger;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Jobtree.Journal;

namespace Jobtree.Bench.Pieces;

/// <summary>What is written and read besides: the hash chain, the journal, manifests.</summary>
public class RecordPieces : IDisposable
{
    private static readonly RunManifest Run = new(
        new RunKey("team-0", "train-128"), SampleRecords.Spec with { Owner = FleetShape.Team(0) });

    private readonly LedgerEntry entry = SampleRecords.Start;
    private readonly ReadOnlyMemory<byte> json = RunBodies.Of([Run]);
    private readonly ReadOnlyMemory<byte> yaml = Encoding.UTF8.GetBytes(ManifestWriter.ToYaml(Run));
    private byte[] record = [];
    private ScratchFolder? folder;
    private JournalLog? log;
    private long sequence;

    /// <summary>Opens a journal.</summary>
    [GlobalSetup]
    public void Open()
    {
        record = JsonSerializer.SerializeToUtf8Bytes(entry, LedgerJson.Default.LedgerEntry);
        folder = new ScratchFolder(Path.Combine(Path.GetTempPath(), "jobtree-bench", Path.GetRandomFileName()));
        log = JournalLog.Open(new JournalOptions { Folder = folder.Path }, new NothingRead());
    }

    /// <summary>Closes the journal.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        log?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        folder?.Dispose();
        (log, folder) = (null, null);
        GC.SuppressFinalize(this);
    }

    /// <summary>A ledger entry as bytes, and the chain's next link.</summary>
    [Benchmark]
    public string EncodeAndHashEntry()
    {
        var writer = new RecordWriter(stackalloc byte[1024]);
        LedgerFormat.Write(ref writer, entry);
        var link = HashChain.Link(writer.Written);
        writer.Dispose();
        return link;
    }

    /// <summary>An append to the journal, the flush left to the log.</summary>
    [Benchmark]
    public long Append() => log!.Append("flavor/bench", ++sequence, record);

    /// <summary>A run's manifest from JSON.</summary>
    [Benchmark]
    public bool ReadJson() => ManifestReader.Read(json).IsValid;

    /// <summary>A run's manifest from YAML.</summary>
    [Benchmark]
    public bool ReadYaml() => ManifestReader.Read(yaml).IsValid;

    private sealed class NothingRead : IJournalReader
    {
        public void Snapshot(JournalActor actor, long sequence, ReadOnlySpan<byte> state) =>
            throw new InvalidOperationException("The bench's journal is new.");

        public void Forget(JournalActor actor, long sequence) =>
            throw new InvalidOperationException("The bench's journal is new.");

        public void Record(JournalActor actor, long sequence, ReadOnlySpan<byte> payload, JournalPosition at) =>
            throw new InvalidOperationException("The bench's journal is new.");
    }
}
