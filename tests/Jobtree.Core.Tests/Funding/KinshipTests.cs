using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Core.Tests.Funding;

public sealed class KinshipTests
{
    [Theory]
    [InlineData("org:ai", "org:ai", "owner")]
    [InlineData("org:ai:x", "org:ai", "descendant 1")]
    [InlineData("org:ai:x:y:z", "org", "descendant 4")]
    [InlineData("org", "org:ai", "none")]
    [InlineData("org:ai:x", "org:ai:y", "sibling")]
    [InlineData("org:ai:x", "org:bio:z", "cousin")]
    [InlineData("org:ai:x", "org:bio", "none")]
    [InlineData("org:bio", "org:ai:x", "none")]
    [InlineData("org:ai:x:deep", "org:bio:z", "none")]
    [InlineData("lab", "solo", "none")]
    [InlineData("lab:a", "org:a", "none")]
    public void Owners_without_parents_of_their_own_have_their_path(string owner, string payer, string expected) =>
        Assert.Equal(expected, Say(new Kinship([]).Between(owner, payer)));

    [Theory]
    [InlineData("guest", "org:ai", "descendant 1")]
    [InlineData("guest", "lab", "descendant 1")]
    [InlineData("guest", "org", "descendant 2")]
    [InlineData("guest", "org:ai:x", "sibling")]
    [InlineData("guest", "lab:one", "sibling")]
    [InlineData("guest", "org:bio:z", "cousin")]
    [InlineData("org:ai:y", "org:ai", "none")]
    [InlineData("org:ai:y", "solo", "descendant 1")]
    public void Parents_that_a_budget_names_take_the_place_of_the_path(string owner, string payer, string expected) =>
        Assert.Equal(expected, Say(new Kinship([Family("guest", "org:ai", "lab"), Family("org:ai:y", "solo")])
            .Between(owner, payer)));

    [Fact]
    public void The_nearest_of_several_ways_counts() =>
        Assert.Equal("descendant 1", Say(new Kinship([Family("a", "b", "c"), Family("b", "c")]).Between("a", "c")));

    [Theory]
    [InlineData("a>b b>c", "")]
    [InlineData("a>b b>a", "a -> b -> a")]
    [InlineData("a>a", "a -> a")]
    [InlineData("a>b b>c c>b", "b -> c -> b")]
    [InlineData("a>b a>c b>d c>d", "")]
    [InlineData("y>y:z", "y -> y:z -> y")]
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
