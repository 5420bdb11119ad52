using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Tests.Fleets;
using Jobtree.Manifests;

namespace Jobtree.Grains.Tests.Hosting;

/// <summary>A flavor whose ledger in the store is not the one that it wrote.</summary>
public sealed class BrokenLedgerTests
{
    private static readonly ActorKey Flavor = new(ActorKind.Flavor, "H100");

    [Theory]
    [InlineData("\"previous\":\"", "\"previous\":\"A", "does not follow")]
    [InlineData("}", "", "")]
    public async Task Whoever_asks_is_told_that_it_is_broken_and_nothing_is_decided(
        string of, string to, string says)
    {
        var journals = new MemoryJournals();
        await using (var fleet = await ClusterFleet.Start(1, journals: journals))
            Assert.True((await fleet.Operations.Apply([Node("n1")], "add")).Succeeded(out _, out _));
        journals.ChangeLast(Flavor, entry => entry.Replace(of, to, StringComparison.Ordinal));
        await using var broken = await ClusterFleet.Start(1, journals: journals);

        foreach (var problem in new[]
        {
            (await broken.Operations.ListLeases(new LeaseQuery())).Problem,
            (await broken.Operations.DeleteNode("n1", "delete")).Problem,
            (await broken.Operations.Apply([Node("n2")], "add more")).Problem,
        })
        {
            Assert.Equal(ProblemCode.Unavailable, problem?.Code);
        }
        // Silos ask flavors and tell operators the answer.
        var told = await Assert.ThrowsAsync<IOException>(
            async () => await broken.Grains.GetGrain<IFlavorGrain>(Flavor.Name).Settle());
        Assert.Contains("The ledger of H100 is broken", told.Message, StringComparison.Ordinal);
        Assert.Contains(says, told.Message, StringComparison.Ordinal);
        Assert.Single(journals.Of(Flavor));
    }

    private static NodeManifest Node(string name) => new(new Node { Name = name, Flavor = "H100", Gpus = 8 });
}
