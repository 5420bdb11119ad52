using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Jobtree.Core.Funding;

namespace Jobtree.Core.Tests.Funding;

public sealed class OwnerPatternTests
{
    [Theory]
    [InlineData("*", "", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("org:ai:*", "org:ai:x", true)]
    [InlineData("org:ai:*", "org:ai", false)]
    [InlineData("org:*:x", "org:ai:deep:x", true)]
    [InlineData("org.ai", "org:ai", false)]
    [InlineData("a**c", "ac", true)]
    [InlineData("Org", "org", false)]
    public void A_star_stands_for_any_text(string pattern, string owner, bool expected) =>
        Assert.Equal(expected, OwnerPattern.Matches(pattern, owner));

    [Fact]
    public void It_matches_as_a_regular_expression_does() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
    {
        var random = new Random(seed);
        var pattern = string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => "ab*"[random.Next(3)]));
        var owner = string.Concat(Enumerable.Range(0, random.Next(10)).Select(_ => "ab"[random.Next(2)]));
        var expression = "^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal) + "$";
        Assert.Equal(Regex.IsMatch(owner, expression), OwnerPattern.Matches(pattern, owner));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void A_hostile_pattern_is_answered() =>
        Assert.False(OwnerPattern.Matches(string.Concat(Enumerable.Repeat("a*", 200)) + "b", new string('a', 2000)));

    [Theory]
    [InlineData("org:ai", "org:ai", true)]
    [InlineData("org:ai:x", "org:ai", true)]
    [InlineData("org:aix", "org:ai", false)]
    [InlineData("org", "org:ai", false)]
    [InlineData("anyone", "*", true)]
    public void At_or_below_follows_the_path(string owner, string above, bool expected) =>
        Assert.Equal(expected, OwnerPattern.IsAtOrBelow(owner, above));
}
