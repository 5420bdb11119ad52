using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Core.Tests.Funding;

public sealed class KinshipTests
{
    [Theory]
    [InlineData("ai", "ai", "owner")]
    [InlineData("x", "ai", "descendant 1")]
    [InlineData("deep", "org", "descendant 3")]
    [InlineData("org", "ai", "none")]
    [InlineData("x", "y", "sibling")]
    [InlineData("x", "z", "cousin")]
    [InlineData("x", "bio", "none")]
    [InlineData("bio", "x", "none")]
    [InlineData("deep", "z", "none")]
    [InlineData("guest", "ai", "descendant 1")]
    [InlineData("guest", "lab", "descendant 1")]
    [InlineData("guest", "org", "descendant 2")]
    [InlineData("guest", "x", "sibling")]
    [InlineData("guest", "z", "cousin")]
    public void Declared_parents_make_the_family(string owner, string payer, string expected)
    {
        var family = new Kinship([Family("ai", "org"), Family("bio", "org"), Family("x", "ai"), Family("y", "ai"),
            Family("z", "bio"), Family("deep", "x"), Family("guest", "ai", "lab")]);
        Assert.Equal(expected, Say(family.Between(owner, payer)));
    }

    [Theory]
    [InlineData("org:ai:x", "org:ai")]
    [InlineData("org:ai:x", "org:ai:y")]
    [InlineData("org:team-a", "org:team-b")]
    public void Paths_that_begin_alike_are_strangers(string owner, string payer) =>
        Assert.Equal("none", Say(new Kinship([Family(owner), Family(payer)]).Between(owner, payer)));

    [Fact]
    public void The_nearest_of_several_ways_counts() =>
        Assert.Equal("descendant 1", Say(new Kinship([Family("a", "b", "c"), Family("b", "c")]).Between("a", "c")));

    [Theory]
    [InlineData("a>b b>c", "")]
    [InlineData("a>b b>a", "a -> b -> a")]
    [InlineData("a>a", "a -> a")]
    [InlineData("a>b b>c c>b", "b -> c -> b")]
    [InlineData("a>b a>c b>d c>d", "")]
    [InlineData("y>y:z", "")]
    public void A_cycle_is_named(string edges, string expected)
    {
        var budgets = edges.Split(' ').Select(edge => edge.Split('>')).Select(
            (edge, i) => Family(edge[0], edge[1]) with { Name = $"b{i}" });
        Assert.Equal(expected, string.Join(" -> ", new Kinship(budgets).FindCycle() ?? []));
    }

    [Fact]
    public void A_very_deep_family_ends()
    {
        var deep = new Kinship(Enumerable.Range(0, 5000).Select(i => Family($"o{i}", $"o{i + 1}")));
        Assert.Null(deep.FindCycle());
        Assert.Equal("descendant 64", Say(deep.Between("o0", "o64")));
        Assert.Equal("none", Say(deep.Between("o0", "o65")));
    }

    private static Budget Family(string owner, params string[] parents) =>
        new() { Name = owner, Owner = owner, Parents = parents };

    private static string Say(Relation? relation) => relation switch
    {
        null => "none",
        { } kin when kin == Relation.Owner => "owner",
        { } kin when kin == Relation.Sibling => "sibling",
        { } kin when kin == Relation.Cousin => "cousin",
        { } kin => $"descendant {kin.Rank}",
    };
}
