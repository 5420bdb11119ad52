using System.Globalization;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Tests.Directories;

/// <summary>A large fleet may be registered at once: journals bound their records, so it takes several.</summary>
public sealed class ManyNodesTests
{
    private const int Nodes = 5_000;
    private const int RecordBytesMax = 1 << 20;

    [Fact]
    public async Task Many_nodes_take_several_records_and_come_back_whole()
    {
        await using var fleet = new StepFleet(Restarts.FromJournals);
        var nodes = Enumerable.Range(0, Nodes).Select(number => new NodeManifest(NodeOf(number))).ToArray();

        var applied = await fleet.Operations.Apply(nodes, "register");
        await fleet.Step();

        Assert.True(applied.Succeeded(out var outcomes, out _));
        Assert.Equal(Nodes, outcomes.Count(outcome => outcome.Outcome == "created"));
        Assert.All(fleet.Journals.Records, record => Assert.InRange(record.Bytes.Length, 1, RecordBytesMax));
        Assert.Equal(Nodes, (await fleet.Actors.Flavor("H100").Nodes()).Count);
        Assert.Equal("H100", await fleet.Actors.Directory().FlavorOf(NodeOf(Nodes - 1).Name));
        Assert.Empty((await fleet.Actors.Flavor("H100").Audit()).Violations);
    }

    [Fact]
    public async Task Nodes_that_say_the_same_of_themselves_keep_their_own_labels()
    {
        await using var fleet = new StepFleet(Restarts.FromSnapshots);
        var nodes = Enumerable.Range(0, 3).Select(NodeOf)
            .Append(NodeOf(3) with { Labels = new Dictionary<string, string> { [NodeLabels.FabricDomain] = "d0",
            [NodeLabels.Rack] = "r1" } }).ToArray();

        await fleet.Operations.Apply([.. nodes.Select(node => new NodeManifest(node))], "register");
        await fleet.Step();
        await fleet.Step();

        foreach (var (kept, node) in (await fleet.Actors.Flavor("H100").Nodes()).Select(view => view.Node).Zip(nodes))
            Assert.Equal((node.Name, Labels(node)), (kept.Name, Labels(kept)));
    }

    private static string Labels(Node node) => string.Join(' ',
        node.Labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"));

    private static Node NodeOf(int number) => new()
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"node-{number:D5}"),
        Flavor = "H100",
        Gpus = 8,
        Labels = new Dictionary<string, string> { [NodeLabels.Region] = "west",
            [NodeLabels.FabricDomain] = string.Create(CultureInfo.InvariantCulture, $"d{number / 32}") },
    };
}
