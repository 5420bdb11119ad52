using System.Net;
using System.Text;
using System.Text.Json;
using Jobtree.Cli.Tests.Support;
using Jobtree.Journal;
using Jobtree.Silo.Tests.Hosting;

namespace Jobtree.Cli.Tests;

/// <summary><c>audit --data FOLDER</c>, as a person runs it on the folder of a silo.</summary>
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
        string? head;
        var (host, address) = await Lived();
        using (host)
        {
            head = await Head(address);
            var live = await CliProcess.Run("audit", "--data", Data);
            Assert.Equal((0, ""), (live.ExitCode, live.Error));
            Assert.Equal(
                $"""
                3 ledger records and 1 lease checked.
                  H100: head {head}
                Every invariant that applies holds.

                """,
                live.Out);
            await host.Kill();
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
        var (host, _) = await Lived();
        using (host)
            await host.Kill();
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
    public async Task Segments_that_were_moved_away_are_told_of_or_read_where_they_are()
    {
        string? head;
        var (host, address) = await Lived("--snapshot-every", "1");
        var journal = Path.Combine(Data, "journal");
        using (host)
        {
            head = await Head(address);
            await Eventually.Holds(() => Directory.GetFiles(journal, "*.gz").Length > 0
                && !File.Exists(Path.Combine(journal, "00000001.log")));
            await host.Kill();
        }
        var moved = Directory.CreateDirectory(bench.Path("moved")).FullName;
        foreach (var segment in Directory.GetFiles(journal, "*.gz"))
            File.Move(segment, Path.Combine(moved, Path.GetFileName(segment)));

        var rest = await CliProcess.Run("audit", "--data", Data);
        Assert.Equal((0, ""), (rest.ExitCode, rest.Error));
        Assert.StartsWith("Segment", rest.Out, StringComparison.Ordinal);
        Assert.Contains(" elsewhere: the audit begins in segment ", rest.Out, StringComparison.Ordinal);
        Assert.Contains($"  H100: head {head}", rest.Out, StringComparison.Ordinal);
        Assert.Contains("Every invariant that applies holds.", rest.Out, StringComparison.Ordinal);
        var whole = await CliProcess.Run("audit", "--data", Data, "--segments", bench.Folder, "--segments", moved);
        Assert.Equal(0, whole.ExitCode);
        Assert.StartsWith("3 ledger records and 1 lease checked.", whole.Out, StringComparison.Ordinal);
        var nowhere = await CliProcess.Run("audit", "--data", Data, "--segments", bench.Path("nowhere"));
        Assert.Equal((1, ""), (nowhere.ExitCode, nowhere.Out));
        Assert.Contains("There are no segments in", nowhere.Error, StringComparison.Ordinal);
        var refused = await CliProcess.Run("audit", "--segments", moved);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("--segments belongs to --data", refused.Error, StringComparison.Ordinal);
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

    private async Task<(HostProcess Host, Uri Address)> Lived(params string[] options)
    {
        var (host, address) = await HostProcess.Serve(Data, ["--empty", "--executor", "external", .. options]);
        using var http = new HttpClient { BaseAddress = address };
        using var documents = new StringContent(Documents, Encoding.UTF8, "application/yaml");
        using var answer = await http.PostAsync("/v1/manifests", documents);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (host, address);
    }

    private static async Task<string?> Head(Uri address)
    {
        using var http = new HttpClient { BaseAddress = address };
        using var report = JsonDocument.Parse(await http.GetStringAsync("/v1/audit"));
        return report.RootElement.GetProperty("heads").GetProperty("H100").GetString();
    }

    private sealed class Records : IJournalReader
    {
        public List<JournalPosition> All { get; } = [];

        public void Snapshot(JournalActor actor, long sequence, ReadOnlySpan<byte> state)
        {
        }

        public void Forget(JournalActor actor, long sequence)
        {
        }

        public void Record(JournalActor actor, long sequence, ReadOnlySpan<byte> payload, JournalPosition at) =>
            All.Add(at);
    }
}
