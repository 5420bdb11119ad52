using Jobtree.Actors.Operations;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Actors.Tests.Operations;

/// <summary>Use belongs to the budget that was charged, not to a later one of the same name.</summary>
public sealed class RemadeBudgetTests
{
    [Theory]
    [InlineData(Restarts.Never)]
    [InlineData(Restarts.FromJournals)]
    [InlineData(Restarts.FromSnapshots)]
    public async Task A_budget_made_anew_begins_at_nothing_and_tells_of_its_predecessor(Restarts restarts)
    {
        await using var fleet = new StepFleet(restarts);
        await Apply(fleet, new NodeManifest(new Node { Name = "n1", Flavor = "H100", Gpus = 8 }), Budget("org:a"));
        await Apply(fleet, Run("first", "org:a"));
        await fleet.AdvanceTo(VirtualTime.Epoch.AddHours(1));
        Assert.Equal(["b/e of org:a 8"], await Usage(fleet));
        Done(await fleet.Operations.DeleteBudget("b", "gone"));
        await fleet.Step();
        await fleet.AdvanceTo(VirtualTime.Epoch.AddHours(2));
        await Apply(fleet, Budget("org:z"));
        Assert.Equal(["b/e of org:z 0, before it org:a 8 until 01:00"], await Usage(fleet));

        // The run goes on, but a budget of others is not charged for it.
        await fleet.AdvanceTo(VirtualTime.Epoch.AddHours(3));
        Done(await fleet.Operations.CompleteRun(new RunKey("default", "first"), true, null, "end"));
        await fleet.Step();
        await Apply(fleet, Run("second", "org:z"));
        await fleet.AdvanceTo(VirtualTime.Epoch.AddHours(4));
        Assert.Equal(["b/e of org:z 8, before it org:a 8 until 01:00"], await Usage(fleet));
        Assert.Equal(["b/e of org:a 8 0", "b/e of org:z 8 0", " of  0 16"], await Past(fleet));
    }

    [Fact]
    public async Task A_budget_made_anew_for_the_same_owner_is_charged_for_what_goes_on()
    {
        await using var fleet = new StepFleet(Restarts.FromSnapshots);
        await Apply(fleet, new NodeManifest(new Node { Name = "n1", Flavor = "H100", Gpus = 8 }), Budget("org:a"));
        await Apply(fleet, Run("first", "org:a"));
        await fleet.AdvanceTo(VirtualTime.Epoch.AddHours(1));
        Done(await fleet.Operations.DeleteBudget("b", "gone"));
        await fleet.Step();
        await fleet.AdvanceTo(VirtualTime.Epoch.AddHours(2));
        await Apply(fleet, Budget("org:a"));
        await fleet.AdvanceTo(VirtualTime.Epoch.AddHours(3));
        Assert.Equal(["b/e of org:a 8, before it org:a 8 until 01:00"], await Usage(fleet));
        Assert.Equal(["b/e of org:a 16 0", " of  0 8"], await Past(fleet));
    }

    [Fact]
    public async Task A_budget_that_passes_to_another_owner_leaves_its_use_with_the_former()
    {
        await using var fleet = new StepFleet(Restarts.FromJournals);
        await Apply(fleet, new NodeManifest(new Node { Name = "n1", Flavor = "H100", Gpus = 8 }), Budget("org:a"));
        await Apply(fleet, Run("first", "org:a"));
        await fleet.AdvanceTo(VirtualTime.Epoch.AddHours(1));
        await Apply(fleet, Budget("org:z"));
        await fleet.AdvanceTo(VirtualTime.Epoch.AddHours(2));
        Assert.Equal(["b/e of org:z 0, before it org:a 8 until 01:00"], await Usage(fleet));
        Assert.Equal(["b/e of org:a 8 0", " of  0 8"], await Past(fleet));
    }

    private static async Task Apply(StepFleet fleet, params Manifest[] manifests)
    {
        Done(await fleet.Operations.Apply(manifests, $"{fleet.Now:O} {manifests[^1].Identity}"));
        await fleet.Step();
    }

    private static BudgetManifest Budget(string owner) => new(new Budget
    {
        Name = "b",
        Owner = owner,
        Envelopes = [new Envelope { Name = "e", Flavor = "H100", Concurrency = 8 }],
    });

    private static RunManifest Run(string name, string owner) => new(new RunKey("default", name), new RunSpec
    {
        Owner = owner,
        Resources = new Resources { GpuType = "H100", TotalGPUs = 8 },
    });

    private static async Task<string[]> Usage(StepFleet fleet) =>
        [.. (await fleet.Operations.BudgetsUsage()).Value!.Select(use =>
            $"{use.Envelope} of {use.Owner} {Math.Round(use.GpuHours.Total(), 2)}" + string.Concat(
                (use.Earlier ?? []).Select(earlier => $", before it {earlier.Owner} "
                    + $"{Math.Round(earlier.GpuHours.Total(), 2)} until {earlier.Until:HH:mm}")))];

    private static async Task<string[]> Past(StepFleet fleet) => [.. (await fleet.Operations.UsageBetween(
        new UsageQuery { From = VirtualTime.Epoch })).Value!.Items.Select(row => $"{row.Envelope} of {row.Owner} "
            + $"{Math.Round(row.GpuHours.Owned, 2)} {Math.Round(row.GpuHours.Unfunded, 2)}")];

    private static void Done<T>(Result<T> result) => Assert.True(result.Succeeded(out _, out var problem),
        problem?.Detail);
}
