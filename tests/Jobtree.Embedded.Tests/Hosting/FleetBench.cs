using System.Text;
using System.Text.Json;
using Jobtree.Actors.Operations;
using Jobtree.Core.Manifests;
using Jobtree.Core.Model;
using Jobtree.Embedded.Hosting;
using Jobtree.Embedded.Journal;
using Jobtree.Embedded.Tests.Commands;
using Jobtree.Embedded.Tests.Executors;
using Jobtree.Embedded.Tests.Journal;
using Jobtree.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace Jobtree.Embedded.Tests.Hosting;

/// <summary>A fleet on a folder and a clock of its own, which a test can close, cut off and open again.</summary>
internal sealed class FleetBench : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();

    public FaultyDisk Disk { get; private set; } = new();

    public ManualTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 5, 8, 0, 0, TimeSpan.Zero));

    public string Data => folder.Of("data");

    public string Journal => Path.Combine(Data, "journal");

    public FleetMetrics Metrics { get; } = new(new MetricRegistry());

    public RecordedExecutor Executor { get; private set; } = new();

    public EmbeddedFleet Fleet { get; private set; } = null!;

    public FleetOperations Operations => Fleet.Operations;

    public async Task<EmbeddedFleet> Open(
        RunLimits? limits = null, IReadOnlyList<(RunKey Run, int Attempt)>? left = null)
    {
        (Executor, Disk) = (new RecordedExecutor { Left = left ?? [] }, new FaultyDisk());
        var options = new EmbeddedFleetOptions { Folder = Data, Time = Time, Disk = Disk, Metrics = Metrics,
            Limits = limits ?? new RunLimits() };
        return Fleet = await EmbeddedFleet.Open(options, Executor, NullLoggerFactory.Instance);
    }

    /// <summary>
    /// Opens the fleet as it would be found had its process died when the log had grown to some place.
    /// </summary>
    public async Task<FleetBench> OpenAsIfKilledAt(JournalPosition at)
    {
        var cut = new FleetBench();
        Directory.CreateDirectory(cut.Journal);
        foreach (var file in Directory.GetFiles(Journal))
        {
            if (Path.GetFileName(file) != "lock")
                File.Copy(file, Path.Combine(cut.Journal, Path.GetFileName(file)));
        }
        using (var log = File.Open(Path.Combine(cut.Journal, Path.GetFileName(at.File)), FileMode.Open))
            log.SetLength(at.Offset);
        cut.Time.Advance(Time.GetUtcNow() - cut.Time.GetUtcNow());
        await cut.Open();
        return cut;
    }

    public async Task Restart()
    {
        await Fleet.DisposeAsync();
        await Open();
    }

    public async Task Begin(int nodes = 8)
    {
        await Open();
        await Apply(Documents.Fleet(nodes));
    }

    public async Task<IReadOnlyList<Applied>> Apply(params object[] documents)
    {
        var result = await Try(documents);
        Assert.True(result.Succeeded(out var applied, out var problem), problem?.Detail);
        return applied;
    }

    public Task<Result<IReadOnlyList<Applied>>> Try(params object[] documents)
    {
        var read = ManifestReader.Read(JsonSerializer.Serialize(documents));
        Assert.Empty(read.Errors);
        return Operations.Apply(read.Manifests, Guid.NewGuid().ToString("N"));
    }

    public async Task<RunManifest> Run(string name) =>
        (await Operations.GetRun(new RunKey(RunKey.DefaultNamespace, name))).Value!;

    /// <summary>A day at the fleet: runs that start, wait, are reserved, cut, complete and are cancelled.</summary>
    public async Task Live(int first = 0, int runs = 60)
    {
        var random = new Random(first + 7);
        for (var i = first; i < first + runs; i++)
        {
            await Apply(Documents.Run($"run-{i:D3}", random.Next(1, 20), i % 3 == 0 ? "org:guest" : "org:ai"));
            Time.Advance(TimeSpan.FromMinutes(random.Next(5)));
            var other = new RunKey(RunKey.DefaultNamespace, $"run-{random.Next(i + 1):D3}");
            if (i % 4 == 1)
                await Operations.CompleteRun(other, i % 8 == 1, "exit", $"complete-{i}");
            else if (i % 9 == 2)
                await Operations.CancelRun(other, $"cancel-{i}");
        }
    }

    /// <summary>Everything that can be asked of the fleet, as text.</summary>
    public async Task<string> Everything()
    {
        await Fleet.Fleet.Settle();
        var text = new StringBuilder();
        var runs = (await Operations.ListRuns(new RunQuery { Limit = RunQuery.LimitMax })).Value!.Items;
        foreach (var run in runs)
        {
            text.AppendLine(Encoding.UTF8.GetString(ManifestWriter.ToJson((await Operations.GetRun(run.Key)).Value!)));
            text.AppendLine(JsonSerializer.Serialize(
                (await Operations.ExplainRun(run.Key)).Value!, OperationsJson.Default.Explanation));
        }
        text.AppendLine(JsonSerializer.Serialize(
            (await Operations.ListFlavors()).Value!, OperationsJson.Default.IReadOnlyListFlavorView));
        text.AppendLine(JsonSerializer.Serialize(
            (await Operations.ListReservations()).Value!, OperationsJson.Default.IReadOnlyListReservationView));
        text.AppendLine(JsonSerializer.Serialize(
            (await Operations.BudgetsUsage()).Value!, OperationsJson.Default.IReadOnlyListEnvelopeUsage));
        text.AppendLine(
            JsonSerializer.Serialize((await Operations.Audit()).Value!, OperationsJson.Default.AuditReport));
        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await Fleet.DisposeAsync();
        folder.Dispose();
    }
}
