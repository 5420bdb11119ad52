using Jobtree.Actors.Operations;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Actors.Tests.Operations;

/// <summary>A budget that is deleted while it pays, and made anew for another owner and flavor.</summary>
public sealed class GonePayerTests
{
    private static readonly RunKey Key = new("default", "train");

    [Fact]
    public async Task What_became_unfunded_is_told_and_a_payer_that_is_gone_is_none()
    {
        await using var fleet = new StepFleet(Restarts.FromSnapshots);
        await Apply(fleet, new NodeManifest(new Node { Name = "n1", Flavor = "H100", Gpus = 8 }), Budget("lab", "H100"),
            new RunManifest(Key, new RunSpec { Owner = "lab",
                Resources = new Resources { GpuType = "H100", TotalGPUs = 8 } }));
        Assert.Equal(new EnvelopeKey("ba", "e"), (await Lease(fleet)).Lease.Payer);
        var deleted = (await fleet.Operations.DeleteBudget("ba", "delete")).Value!;
        Assert.Equal("the 8 GPUs that it paid for are unfunded now", deleted.Message);
        await fleet.Step();
        await Apply(fleet, Budget("other", "A100"));
        var lease = await Lease(fleet);
        Assert.Null(lease.Lease.Payer);
        Assert.Equal(FundingClass.Unfunded, lease.Class);
        Assert.DoesNotContain("ba/e", string.Join('\n', (await fleet.Operations.ExplainRun(Key)).Value!.Funding));
        Assert.Empty((await fleet.Operations.Audit()).Value!.Violations);
    }

    private static async Task<LeaseManifest> Lease(StepFleet fleet) =>
        Assert.Single((await fleet.Operations.ListLeases(new LeaseQuery())).Value!.Items);

    private static async Task Apply(StepFleet fleet, params Manifest[] manifests)
    {
        var applied = await fleet.Operations.Apply(manifests, Guid.NewGuid().ToString());
        Assert.True(applied.Succeeded(out _, out var problem), problem?.Detail);
        await fleet.Step();
    }

    private static BudgetManifest Budget(string owner, string flavor) => new(new Budget
    {
        Name = "ba",
        Owner = owner,
        Envelopes = [new Envelope { Name = "e", Flavor = flavor, Concurrency = 8, Start = DateTimeOffset.UnixEpoch,
            End = DateTimeOffset.MaxValue }],
    });
}
