using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Actors.Tests.Operations;

/// <summary>The places in the queue that lists show.</summary>
public sealed class ListedPlaceTests
{
    [Fact]
    public async Task A_list_asks_each_flavor_once_and_does_not_wait_for_one_that_is_away()
    {
        await using var fleet = new StepFleet(Restarts.Never);
        var runs = Enumerable.Range(0, 20).Select(i => Run($"r{i:D2}", i % 2 == 0 ? "H100" : "A100")).ToArray();
        await Apply(fleet, [Node("n1", "H100"), Node("n2", "A100"), .. runs]);
        var ways = new Ways(fleet.Actors);
        var operations = new FleetOperations(ways, TimeProvider.System);
        var listed = (await operations.ListRuns(new RunQuery())).Value!.Items;
        Assert.Equal(["A100", "H100"], ways.Asked.Order());
        Assert.Equal(18, listed.Count(run => run.Status!.Queue is { Of: 9 }));
        ways.Away = "A100";
        listed = (await operations.ListRuns(new RunQuery())).Value!.Items;
        Assert.Equal(20, listed.Count);
        Assert.Equal(9, listed.Count(run => run.Status!.Queue is { Of: 9 }));
    }

    private static NodeManifest Node(string name, string flavor) =>
        new(new Node { Name = name, Flavor = flavor, Gpus = 8 });

    private static RunManifest Run(string name, string flavor) => new(new RunKey("default", name),
        new RunSpec { Owner = "o", Resources = new Resources { GpuType = flavor, TotalGPUs = 8 } });

    private static async Task Apply(StepFleet fleet, Manifest[] manifests)
    {
        var applied = await fleet.Operations.Apply(manifests, "apply");
        Assert.True(applied.Succeeded(out _, out var problem), problem?.Detail);
        await fleet.Step();
    }

    /// <summary>The ways to the actors of a fleet, one of which may be cut off.</summary>
    private sealed class Ways(IFleet fleet) : IFleet
    {
        public List<string> Asked { get; } = [];

        public string? Away { get; set; }

        public IFlavor Flavor(string flavor)
        {
            Asked.Add(flavor);
            return flavor == Away ? throw new IOException("away") : fleet.Flavor(flavor);
        }

        public IRun Run(RunKey run) => fleet.Run(run);

        public IEnvelope Envelope(EnvelopeKey envelope) => fleet.Envelope(envelope);

        public IDirectory Directory() => fleet.Directory();

        public IRunIndex Runs() => fleet.Runs();
    }
}
