using Jobtree.Simulation.Faults.Breaks;
using Jobtree.Simulation.Faults.Lives;
using Jobtree.Simulation.Faults.Shrinking;

namespace Jobtree.Simulation.Tests.Faults;

/// <summary>
/// Short lives of small fleets under faults keep every invariant; and they would show it if a rule were broken.
/// </summary>
public sealed class SimulatorTests
{
    private const int Seeds = 200;
    private const int SeedsTwice = 10;
    private const int SeedsToCatchMax = 60;

    [Fact]
    public void No_seed_breaks_an_invariant()
    {
        var figures = new LifeFigures();
        for (var seed = 1UL; seed <= Seeds; seed++)
        {
            var outcome = LifeRun.Of(LifeDraws.Of(seed));
            Assert.True(outcome.Violation is null,
                $"seed {seed} breaks {outcome.Violation}; see ./jobtree simulate --seed {seed}");
            figures += outcome.Figures;
        }
        // What was looked at: a simulator in which little happens finds little.
        Assert.True(figures.Leases > 10 * Seeds, $"only {figures.Leases} leases began");
        Assert.True(figures.Cuts > Seeds, $"only {figures.Cuts} cuts were made");
        Assert.True(figures.Acknowledged > 25 * Seeds, $"only {figures.Acknowledged} commands were acknowledged");
    }

    [Fact]
    public void The_same_seed_gives_the_same_ledger_byte_for_byte()
    {
        var heads = new HashSet<string>();
        for (var seed = 1UL; seed <= SeedsTwice; seed++)
        {
            var life = LifeDraws.Of(seed);
            var first = LifeRun.Of(life);
            Assert.Equal(first.Heads, LifeRun.Of(life).Heads);
            // To tell the story changes nothing.
            Assert.Equal(first.Heads, LifeRun.Of(life, tells: true).Heads);
            heads.Add(first.Heads);
        }
        Assert.Equal(SeedsTwice, heads.Count);
    }

    /// <summary>docs/simulate.md lists how many seeds each takes.</summary>
    [Theory]
    [InlineData(BrokenRule.Order)]
    [InlineData(BrokenRule.Fence)]
    [InlineData(BrokenRule.Dedup)]
    [InlineData(BrokenRule.Window)]
    [InlineData(BrokenRule.Cut)]
    [InlineData(BrokenRule.Claim)]
    [InlineData(BrokenRule.Promise)]
    [InlineData(BrokenRule.Filler)]
    public void A_rule_that_is_broken_on_purpose_is_caught(object rule)
    {
        for (var seed = 1UL; seed <= SeedsToCatchMax; seed++)
        {
            if (LifeRun.Of(LifeDraws.Of(seed, (BrokenRule)rule)).Violation is not null)
                return;
        }
        Assert.Fail($"No seed up to {SeedsToCatchMax} shows that {rule} is broken.");
    }

    [Fact]
    public void A_failing_life_is_shrunk_to_a_short_story()
    {
        var life = Enumerable.Range(1, SeedsToCatchMax).Select(seed => LifeDraws.Of((ulong)seed, BrokenRule.Cut))
            .First(life => LifeRun.Of(life).Violation is not null);
        var violation = LifeRun.Of(life).Violation!;
        var small = Shrinker.Shrink(life, violation);
        Assert.InRange(small.Steps.Count, 2, 8);
        Assert.True(small.Nodes.Count <= life.Nodes.Count && small.Budgets.Count <= life.Budgets.Count);
        var outcome = LifeRun.Of(small, tells: true);
        Assert.True(violation.IsLike(outcome.Violation));
        Assert.Contains(outcome.Story, line => line.Contains(" submit ", StringComparison.Ordinal));
        Assert.Contains("ReclaimUnfunded", string.Concat(outcome.Story), StringComparison.Ordinal);
        Assert.Contains("which fits without that", outcome.Story[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_that_may_happen_does()
    {
        var seen = Enumerable.Range(1, 50).SelectMany(seed => LifeDraws.Of((ulong)seed).Steps)
            .Select(step => step.Act).ToHashSet();
        Assert.Equal(Acts.All.Count, seen.Count);
    }
}
