using Jobtree.Actors.Local;
using Jobtree.Actors.Operations;
using Jobtree.Manifests;
using Jobtree.Embedded.Hosting;

namespace Jobtree.Bench.Load;

/// <summary>A fleet in this process, kept on disk or not at all.</summary>
internal sealed class BenchFleet : IAsyncDisposable
{
    private readonly EmbeddedFleet? embedded;
    private readonly ScratchFolder? folder;

    private BenchFleet(EmbeddedFleet? embedded, ScratchFolder? folder)
    {
        (this.embedded, this.folder) = (embedded, folder);
        Fleet = embedded?.Fleet ?? new LocalFleet(new LocalFleetOptions());
        Operations = embedded?.Operations ?? new FleetOperations(Fleet, TimeProvider.System);
    }

    public LocalFleet Fleet { get; }

    public FleetOperations Operations { get; }

    public static async Task<BenchFleet> Open(BenchSettings settings, FleetShape shape, bool durable)
    {
        var folder = durable ? settings.NewFolder() : null;
        var embedded = folder is null ? null : await EmbeddedFleet.Open(
            new EmbeddedFleetOptions { Folder = folder.Path });
        var fleet = new BenchFleet(embedded, folder);
        await Apply(fleet.Operations, shape.Manifests());
        return fleet;
    }

    public static async Task Apply(FleetOperations operations, IEnumerable<Manifest> manifests)
    {
        if (!(await operations.Apply([.. manifests], "bench")).Succeeded(out _, out var problem))
            throw new InvalidOperationException($"The bench's fleet was refused: {problem.Detail}");
    }

    /// <summary>Waits until all that was decided so far is on the disk, if there is one.</summary>
    public ValueTask Kept() => embedded?.Kept() ?? ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (embedded is null)
            await Fleet.DisposeAsync();
        else
            await embedded.DisposeAsync();
        folder?.Dispose();
    }
}
