using Jobtree.Actors.Operations;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Actors.Tests.Directories;

/// <summary>Budgets live in namespaces, as runs do.</summary>
public sealed class BudgetNamespaceTests
{
    [Fact]
    public async Task Two_budgets_of_one_name_in_two_namespaces_are_two()
    {
        await using var fleet = new StepFleet(Restarts.FromJournals);
        await Apply(fleet, Node(), Budget("a", "x:a", 3), Budget("b", "x:b", 5), Budget(null, "x:c", 7));
        await fleet.Step();
        Assert.Equal(["a/b/e 3 x:a", "b/e 7 x:c", "b/b/e 5 x:b"], await Envelopes(fleet));

        Assert.Equal("a/b: deleted", Line(Value(await fleet.Operations.DeleteBudget("a/b", "delete"))));
        await fleet.Step();
        Assert.Equal(["b/e 7 x:c", "b/b/e 5 x:b"], await Envelopes(fleet));
        Assert.Equal("There is no budget a/b.", Refusal(await fleet.Operations.DeleteBudget("a/b", "again")).Detail);
    }

    [Theory]
    [InlineData(Restarts.FromJournals)]
    [InlineData(Restarts.FromSnapshots)]
    public async Task A_budget_of_before_namespaces_keeps_its_key_until_it_is_applied_again(Restarts restarts)
    {
        await using var fleet = new StepFleet(restarts);
        await Apply(fleet, Node());
        var older = Budget("a", "x:a", 8).Budget with { IsNamespaced = false };
        Value(await fleet.Actors.Directory().PutBudgets([older]));
        await Apply(fleet, Run("a", "r"));
        await fleet.Step();
        Assert.Equal("b/e Owned", await Payer(fleet));

        Assert.Equal(["a/b: changed"], await Apply(fleet, Budget("a", "x:a", 8)));
        await fleet.Step();
        Assert.Equal(["a/b/e 8 x:a"], await Envelopes(fleet));
        Assert.Equal("b/e Owned", await Payer(fleet));
        Assert.Equal(["a/b: unchanged"], await Apply(fleet, Budget("a", "x:a", 8)));
        Assert.Empty((await fleet.Actors.Flavor("H100").Audit()).Violations);
    }

    [Fact]
    public async Task A_run_belongs_to_the_owner_of_the_budgets_in_its_namespace_if_they_agree()
    {
        await using var fleet = new StepFleet(Restarts.FromJournals);
        await Apply(fleet, Node(), Budget("a", "x:a", 8), Budget("b", "x:b", 8),
            Budget("b", "x:other", 8, "second"), Budget(null, "x:c", 8),
            Run("a", "r"), Run("b", "r"), Run("nobody", "r"), Run("default", "r"));
        var owners = new List<string?>();
        foreach (var home in new[] { "a", "b", "nobody", "default" })
            owners.Add(Value(await fleet.Operations.GetRun(new RunKey(home, "r"))).Spec.Owner);
        Assert.Equal(["x:a", "namespace:b", "namespace:nobody", "x:c"], owners);
    }

    private static NodeManifest Node() => new(new Node { Name = "n0", Flavor = "H100", Gpus = 8 });

    private static BudgetManifest Budget(string? home, string owner, int gpus, string name = "b") => new(new Budget
    {
        Name = name,
        Namespace = home,
        IsNamespaced = home is not null,
        Owner = owner,
        Envelopes = [new Envelope { Name = "e", Flavor = "H100", Concurrency = gpus,
            Start = DateTimeOffset.UnixEpoch, End = DateTimeOffset.UnixEpoch.AddYears(900) }],
    });

    private static RunManifest Run(string home, string name) => new(new RunKey(home, name),
        new RunSpec { Resources = new Resources { GpuType = "H100", TotalGPUs = 2 } });

    private static async Task<IEnumerable<string>> Apply(StepFleet fleet, params Manifest[] manifests) =>
        Value(await fleet.Operations.Apply(manifests, Guid.NewGuid().ToString())).Select(Line);

    private static async Task<IEnumerable<string>> Envelopes(StepFleet fleet) =>
        (await fleet.Actors.Flavor("H100").Envelopes())
            .Select(envelope => $"{envelope.Envelope} {envelope.Headroom + envelope.Gpus.Total()} {envelope.Owner}");

    private static async Task<string> Payer(StepFleet fleet)
    {
        var lease = Assert.Single(await fleet.Actors.Flavor("H100").Leases(includeEnded: false));
        return $"{lease.Lease.Payer} {lease.Class}";
    }

    private static string Line(Applied applied) => $"{applied.Name}: {applied.Outcome}";

    private static T Value<T>(Result<T> result)
    {
        Assert.True(result.Succeeded(out var value, out var problem), problem?.Detail);
        return value;
    }

    private static Problem Refusal<T>(Result<T> result)
    {
        Assert.False(result.Succeeded(out _, out var problem));
        return problem;
    }
}
