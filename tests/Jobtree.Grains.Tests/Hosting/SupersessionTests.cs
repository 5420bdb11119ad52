using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Grains.Contracts;
using Jobtree.Grains.Tests.Fleets;
using Jobtree.Manifests;

namespace Jobtree.Grains.Tests.Hosting;

/// <summary>
/// A silo that was taken for dead goes on, and its directory, envelope or flavor writes a record after the next
/// activation has read the journal. The fault simulator found a directory that went on to show the budgets of before,
/// and a flavor that did not know of a run that waits.
/// </summary>
public sealed class SupersessionTests
{
    private static readonly ActorKey Directory = new(ActorKind.Directory, "fleet");
    private static readonly ActorKey Envelope = new(ActorKind.Envelope, "lab/pool");
    private static readonly ActorKey Flavor = new(ActorKind.Flavor, "H100");
    private static readonly TimeSpan LongAfter = TimeSpan.FromMilliseconds(250);

    [Fact]
    public async Task A_directory_shows_what_another_activation_wrote_and_goes_on_from_there()
    {
        await using var fleet = await WithBudget(gpus: 8);
        var directory = fleet.Grains.GetGrain<IDirectoryGrain>(Directory.Name);
        await WriteElsewhere(fleet, Directory, other => Apply(other, BudgetOf(5), "change"));
        Assert.Equal(8, WidthOf(await directory.Budgets()));
        await fleet.AdvanceTo(fleet.Now + LongAfter);
        Assert.Equal(5, WidthOf(await directory.Budgets()));
        await Apply(fleet, BudgetOf(6), "change-again");
        Assert.Equal(6, WidthOf(await directory.Budgets()));
    }

    [Fact]
    public async Task An_envelope_shows_the_claims_that_another_activation_was_told_of()
    {
        await using var fleet = await WithBudget(gpus: 8);
        var envelope = fleet.Grains.GetGrain<IEnvelopeGrain>(Envelope.Name);
        Assert.Equal(0, (await envelope.Usage()).Gpus.Owned);
        await WriteElsewhere(fleet, Envelope, Submit);
        Assert.Equal(0, (await envelope.Usage()).Gpus.Owned);
        await fleet.AdvanceTo(fleet.Now + LongAfter);
        Assert.Equal(4, (await envelope.Usage()).Gpus.Owned);
    }

    [Theory]
    [InlineData(nameof(IFlavor.View))]
    [InlineData(nameof(IFlavor.Tick))]
    [InlineData(nameof(IFlavor.FindClosed))]
    public async Task A_flavor_that_is_read_or_ticked_goes_on_from_what_another_activation_wrote(string call)
    {
        await using var fleet = await WithBudget(gpus: 8);
        var flavor = fleet.Grains.GetGrain<IFlavorGrain>(Flavor.Name);
        await WriteElsewhere(fleet, Flavor, Submit);
        Assert.Equal(0, (await flavor.View()).Used);
        await fleet.AdvanceTo(fleet.Now + LongAfter);
        await Call(flavor, call);
        Assert.Equal(4, (await flavor.View()).Used);
    }

    [Fact]
    public async Task The_first_answer_of_a_flavor_shows_what_another_activation_wrote()
    {
        await using var fleet = await WithBudget(gpus: 8);
        var flavor = fleet.Grains.GetGrain<IFlavorGrain>(Flavor.Name);
        await WriteElsewhere(fleet, Flavor, Submit);
        Assert.Equal(0, (await flavor.View()).Used);
        await fleet.AdvanceTo(fleet.Now + LongAfter);
        var (view, position) = (await flavor.View(), await flavor.Position(new RunKey("default", "train")));
        Assert.Equal(4, view.Used);
        Assert.NotNull(position);
        Assert.Equal(4, Assert.Single(await flavor.Nodes()).Used);
    }

    [Fact]
    public async Task After_the_members_changed_no_answer_relies_on_what_was_looked_at_before()
    {
        await using var fleet = await WithBudget(gpus: 8);
        var flavor = fleet.Grains.GetGrain<IFlavorGrain>(Flavor.Name);
        var directory = fleet.Grains.GetGrain<IDirectoryGrain>(Directory.Name);
        await WriteElsewhere(fleet, Flavor, Submit);
        await WriteElsewhere(fleet, Directory, other => Apply(other, BudgetOf(5), "change"));
        Assert.Equal((0, 8), ((await flavor.View()).Used, WidthOf(await directory.Budgets())));
        // The time of the fleet stands still.
        await fleet.AddSilo();
        Assert.Equal((4, 5), ((await flavor.View()).Used, WidthOf(await directory.Budgets())));
    }

    [Fact]
    public async Task A_flavor_that_had_no_record_finds_its_first_one()
    {
        await using var fleet = await ClusterFleet.Start(1);
        var flavor = fleet.Grains.GetGrain<IFlavorGrain>(Flavor.Name);
        Assert.Equal(0, (await flavor.View()).Gpus);
        await WriteElsewhere(fleet, Flavor, Submit);
        await fleet.AdvanceTo(fleet.Now + LongAfter);
        await flavor.Tick();
        var view = await flavor.View();
        Assert.Equal((8, 4), (view.Gpus, view.Used));
    }

    private static async Task Call(IFlavorGrain flavor, string call)
    {
        if (call == nameof(IFlavor.Tick))
            await flavor.Tick();
        else if (call == nameof(IFlavor.FindClosed))
            await flavor.FindClosed([]);
        else
            await flavor.View();
    }

    private static async Task<ClusterFleet> WithBudget(int gpus)
    {
        var fleet = await ClusterFleet.Start(1);
        await Apply(fleet, new NodeManifest(new Node { Name = "n1", Flavor = "H100", Gpus = 8 }), "node");
        await Apply(fleet, BudgetOf(gpus), "budget");
        return fleet;
    }

    private static BudgetManifest BudgetOf(int gpus) => new(new Budget
    {
        Name = "lab",
        Owner = "lab",
        Envelopes = [new Envelope { Name = "pool", Flavor = "H100", Concurrency = gpus }],
    });

    /// <summary>Appends what an actor of a fleet like this one writes when that goes on.</summary>
    private static async Task WriteElsewhere(ClusterFleet fleet, ActorKey actor, Func<ClusterFleet, Task> goesOn)
    {
        await using var other = await WithBudget(gpus: 8);
        await goesOn(other);
        await other.AdvanceTo(other.Now + TimeSpan.FromSeconds(1));
        var known = fleet.Journals.Of(actor).Count;
        var written = other.Journals.Of(actor).Skip(known).ToArray();
        Assert.NotEmpty(written);
        for (var i = 0; i < written.Length; i++)
            await fleet.Journals.For(actor).Append(known + i + 1, written[i]);
    }

    private static Task Submit(ClusterFleet fleet) => Apply(fleet, new RunManifest(
        new RunKey("default", "train"),
        new RunSpec { Owner = "lab", Resources = new Resources { GpuType = "H100", TotalGPUs = 4 } }), "run");

    private static async Task Apply(ClusterFleet fleet, Manifest manifest, string operation)
    {
        var result = await fleet.Operations.Apply([manifest], operation);
        Assert.True(result.Succeeded(out _, out var problem), problem?.Detail);
    }

    private static int WidthOf(IReadOnlyList<Budget> budgets) =>
        Assert.Single(Assert.Single(budgets).Envelopes).Concurrency;
}
