using System.Collections.Concurrent;
using Jobtree.Actors.Local;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Manifests;
using Jobtree.Core.Model;
using Jobtree.Embedded.Hosting;
using Jobtree.Grains.Journals;
using Jobtree.Silo.Journals.Disk;

namespace Jobtree.Silo.Tests.Journals;

/// <summary>One folder, kept by the embedded host and by the silo in turns.</summary>
public sealed class SharedFolderTests
{
    private const string Nodes = """
        apiVersion: jobtree.dev/v1
        kind: Node
        metadata: {name: n1, labels: {region: lab, cluster: one, fabric.domain: d1}}
        spec: {flavor: H100, gpus: 8}
        """;

    [Fact]
    public async Task What_one_host_wrote_the_other_goes_on_from()
    {
        using var folder = new TemporaryFolder();
        string[] before;
        await using (var embedded = await EmbeddedFleet.Open(new EmbeddedFleetOptions { Folder = folder.Path }))
        {
            await Apply(embedded.Operations, Nodes);
            await Apply(embedded.Operations, Run("a", 4));
            await embedded.Snapshot();
            await Apply(embedded.Operations, Run("b", 4));
            await Apply(embedded.Operations, Run("c", 8));
            before = await Phases(embedded.Operations);
        }
        Assert.Equal(["a Running", "b Running", "c Pending"], before);

        await using (var silo = await OnJournals(folder))
        {
            Assert.Equal(before, await Phases(silo.Operations));
            Assert.True((await silo.Operations.CompleteRun(new RunKey("default", "a"), true, null, "end-a"))
                .Succeeded(out _, out _));
            await Apply(silo.Operations, Run("d", 1));
            await silo.Journals.Snapshot(default);
            await Apply(silo.Operations, Run("e", 1));
            before = await Phases(silo.Operations);
        }
        Assert.Contains("a Completed", before);

        await using (var embedded = await EmbeddedFleet.Open(new EmbeddedFleetOptions { Folder = folder.Path }))
        {
            Assert.NotNull(embedded.Recovery.Snapshot);
            Assert.Equal(before, await Phases(embedded.Operations));
        }
        Assert.Empty(FolderAudit.Run(folder.Path).Violations);
    }

    private static string Run(string name, int gpus) => $$"""
        apiVersion: jobtree.dev/v1
        kind: Run
        metadata: {name: {{name}}}
        spec: {owner: "org:lab", resources: {gpuType: H100, totalGPUs: {{gpus}} } }
        """;

    private static async Task Apply(FleetOperations operations, string manifest)
    {
        var read = ManifestReader.Read(manifest);
        Assert.Empty(read.Errors);
        var applied = await operations.Apply(read.Manifests, Guid.NewGuid().ToString("N"));
        Assert.True(applied.Succeeded(out _, out var problem), problem?.Detail);
    }

    private static async Task<string[]> Phases(FleetOperations operations) =>
        [.. (await operations.ListRuns(new RunQuery { Limit = RunQuery.LimitMax }))
            .Value!.Items.Select(run => $"{run.Key.Name} {run.Status!.Phase}").Order(StringComparer.Ordinal)];

    private static async Task<FleetOnJournals> OnJournals(TemporaryFolder folder)
    {
        var on = new FleetOnJournals(folder.Path);
        await on.Begin();
        return on;
    }

    /// <summary>The same actors over the silo's journals, without a cluster around them.</summary>
    private sealed class FleetOnJournals : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<ActorKey, KeptActor> kept = [];
        private readonly LocalFleet fleet;

        public FleetOnJournals(string folder)
        {
            Journals = DiskJournals.Open(new DiskJournalOptions { Folder = folder }, StateOf,
                new RecordedLog<DiskJournals>(), TimeProvider.System, default);
            fleet = new LocalFleet(new LocalFleetOptions { Journals = actor =>
                Journals.Open(actor, kept.GetValueOrDefault(actor, KeptActor.Nothing)) });
            Operations = new FleetOperations(fleet, TimeProvider.System, Journals.Kept);
        }

        public DiskJournals Journals { get; }

        public FleetOperations Operations { get; }

        public async Task Begin()
        {
            foreach (var actor in Journals.Actors.ToList())
            {
                var read = kept[actor] = await Journals.Read(actor, default);
                if (read.SnapshotSequence > 0)
                    fleet.Restore(actor, read.Snapshot.Span);
                foreach (var record in read.Records)
                    fleet.Replay(actor, record.Span);
            }
            await fleet.Resume();
        }

        public async ValueTask DisposeAsync()
        {
            await fleet.DisposeAsync();
            await Journals.DisposeAsync();
        }

        private async ValueTask<(long Sequence, ReadOnlyMemory<byte> State)> StateOf(
            ActorKey actor, CancellationToken cancellation)
        {
            await foreach (var (key, sequence, state) in fleet.Snapshots().WithCancellation(cancellation))
            {
                if (key == actor)
                    return (sequence, state);
            }
            throw new IOException($"{actor} is not in the fleet.");
        }
    }
}
