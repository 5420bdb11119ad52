using System.Text.Json;
using Jobtree.Cli.Tests.Support;
using Jobtree.Core.Manifests;
using Jobtree.Embedded.Hosting;
using Jobtree.Embedded.Journal;

namespace Jobtree.Cli.Tests;

/// <summary><c>audit --data FOLDER</c>, as a person runs it on the folder of a host.</summary>
public sealed class FolderAuditTests : IDisposable
{
    private const string Documents = """
        apiVersion: jobtree.dev/v1
        kind: Node
        metadata: {name: n1}
        spec: {flavor: H100, gpus: 8}
        ---
        apiVersion: jobtree.dev/v1
        kind: Run
        metadata: {name: a}
        spec: {owner: "org:ai", resources: {gpuType: H100, totalGPUs: 8}}
        ---
        apiVersion: jobtree.dev/v1
        kind: Run
        metadata: {name: b}
        spec: {owner: "org:ai", resources: {gpuType: H100, totalGPUs: 8}}
        """;

    private readonly CliBench bench = new();

    private string Data => bench.Path("data");

    public void Dispose() => bench.Dispose();

    [Fact]
    public async Task A_clean_folder_is_clean_live_and_stopped()
    {
        string head;
        await using (var fleet = await Lived())
        {
            head = (await fleet.Operations.Audit()).Value!.Heads["H100"];
            var live = await CliProcess.Run("audit", "--data", Data);
            Assert.Equal(
                (0, $"3 ledger records and 1 leases checked.\n  H100: head {head}\nEvery invariant that applies holds.\n", ""), (live.ExitCode, live.Out, live.Error));
        }
        var stopped = await CliProcess.Run("audit", "--data", Data, "-o", "json");
        Assert.Equal((0, ""), (stopped.ExitCode, stopped.Error));
        using var report = JsonDocument.Parse(stopped.Out);
        Assert.Equal(head, report.RootElement.GetProperty("heads").GetProperty("H100").GetString());
        Assert.Equal(0, report.RootElement.GetProperty("violations").GetArrayLength());
    }

    [Fact]
    public async Task A_damaged_record_is_named_with_file_and_offset_and_left_as_it_is()
    {
        await (await Lived()).DisposeAsync();
        var records = new Records();
        JournalScan.Read(Path.Combine(Data, "journal"), records);
        var at = records.All[1];
        var bytes = await File.ReadAllBytesAsync(at.File);
        bytes[(int)at.Offset + 60] ^= 4;
        await File.WriteAllBytesAsync(at.File, bytes);
        var result = await CliProcess.Run("audit", "--data", Data);
        Assert.Equal((1, ""), (result.ExitCode, result.Error));
        Assert.Contains($"{at.File}, offset {at.Offset}", result.Out, StringComparison.Ordinal);
        Assert.Contains("journal is damaged", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("holds", result.Out, StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(at.File));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_or_holds_no_journal_is_refused_and_not_made()
    {
        foreach (var folder in new[] { bench.Path("nowhere"), bench.Folder })
        {
            var result = await CliProcess.Run("audit", "--data", folder);
            Assert.Equal((1, ""), (result.ExitCode, result.Out));
            Assert.Contains($"There is no journal in {folder}", result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        }
        Assert.False(Directory.Exists(bench.Path("nowhere")));
        Assert.Empty(Directory.GetFileSystemEntries(bench.Folder));
    }

    private async Task<EmbeddedFleet> Lived()
    {
        var fleet = await EmbeddedFleet.Open(new EmbeddedFleetOptions { Folder = Data });
        var read = ManifestReader.Read(Documents);
        Assert.Empty(read.Errors);
        Assert.True((await fleet.Operations.Apply(read.Manifests, "begin")).Succeeded(out _, out var problem),
            problem?.Detail);
        return fleet;
    }

    private sealed class Records : IJournalReader
    {
        public List<JournalPosition> All { get; } = [];

        public void Snapshot(JournalActor actor, long sequence, ReadOnlySpan<byte> state)
        {
        }

        public void Record(JournalActor actor, long sequence, ReadOnlySpan<byte> payload, JournalPosition at) =>
            All.Add(at);
    }
}
