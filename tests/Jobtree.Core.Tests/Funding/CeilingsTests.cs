using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Core.Tests.Funding;

/// <summary>Envelopes are raised up to what is granted, at every instant from now on.</summary>
public sealed class CeilingsTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Without_a_grant_there_is_no_ceiling() =>
        Assert.Null(Find([Of("org:ai", 8)], [Of("org:ai", 1000)]));

    [Fact]
    public void The_sum_of_an_owner_and_those_below_stays_within_the_grant()
    {
        var grant = Granting("org:ai", 64);
        Assert.Null(Find([grant], [grant, Of("org:ai", 40), Of("org:ai:rai", 24)]));
        Assert.Contains("org:ai and those below it would have 65 H100", Find(
            [grant], [grant, Of("org:ai", 40), Of("org:ai:rai", 25)]), StringComparison.Ordinal);
        // A sibling and a namesake are not below.
        Assert.Null(Find([grant], [grant, Of("org:bio", 500), Of("org:aider", 500), Of("org", 500)]));
    }

    [Fact]
    public void Several_grants_add_up_and_other_flavors_are_not_granted()
    {
        Budget[] grants = [Granting("org:ai", 64), Granting("org:ai", 8)];
        Assert.Null(Find(grants, [.. grants, Of("org:ai", 72)]));
        Assert.NotNull(Find(grants, [.. grants, Of("org:ai", 73)]));
        Assert.Contains("it is granted 0", Find(grants, [.. grants, Of("org:ai", 1, flavor: "A100")]),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Each_owner_on_the_way_has_its_own_ceiling()
    {
        Budget[] grants = [Granting("org:ai", 64), Granting("org:ai:rai", 16)];
        Assert.Null(Find(grants, [.. grants, Of("org:ai", 48), Of("org:ai:rai", 16)]));
        Assert.Contains("org:ai:rai and", Find(grants, [.. grants, Of("org:ai:rai", 17)]), StringComparison.Ordinal);
        Assert.Contains("org:ai and", Find(grants, [.. grants, Of("org:ai", 49), Of("org:ai:rai", 16)]),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_grant_is_until_when_it_says_and_an_envelope_that_goes_on_is_beyond_it()
    {
        var grant = Granting("org:ai", 64, end: Now.AddDays(30));
        Assert.Null(Find([grant], [grant, Of("org:ai", 64, end: Now.AddDays(30))]));
        Assert.Contains("at 2026-12-27 12:00:00Z; it is granted 0", Find([grant], [grant, Of("org:ai", 64)]),
            StringComparison.Ordinal);
        // A grant that has ended is still one: it does not free from the ceiling.
        var ended = Granting("org:ai", 64, end: Now.AddDays(-1));
        Assert.NotNull(Find([ended], [ended, Of("org:ai", 1)]));
        // The past is past.
        Assert.Null(Find([grant], [grant, Of("org:ai", 500, end: Now)]));
    }

    [Fact]
    public void Windows_that_do_not_overlap_do_not_add_up()
    {
        var grant = Granting("org:ai", 64);
        Assert.Null(Find([grant], [grant, Of("org:ai", 64, end: Now.AddDays(1)),
            Of("org:ai", 64, start: Now.AddDays(1), name: "later")]));
        Assert.NotNull(Find([grant], [grant, Of("org:ai", 64, end: Now.AddDays(2)),
            Of("org:ai", 64, start: Now.AddDays(1), name: "later")]));
    }

    [Fact]
    public void What_was_beyond_before_may_stay_or_shrink_and_not_grow()
    {
        var grant = Granting("org:ai", 64);
        Assert.Null(Find([grant, Of("org:ai", 100)], [grant, Of("org:ai", 100)]));
        Assert.Null(Find([grant, Of("org:ai", 100)], [grant, Of("org:ai", 80)]));
        Assert.NotNull(Find([grant, Of("org:ai", 100)], [grant, Of("org:ai", 101)]));
        // Nor move to another instant, or to another flavor.
        Assert.NotNull(Find([grant, Of("org:ai", 100, end: Now.AddDays(1))],
            [grant, Of("org:ai", 100, end: Now.AddDays(2))]));
        Assert.NotNull(Find([grant, Of("org:ai", 100)], [grant, Of("org:ai", 100, flavor: "A100")]));
    }

    private static string? Find(Budget[] before, Budget[] after) => Ceilings.FindExcess(before, after, Now);

    private static Budget Granting(string to, int gpus, DateTimeOffset? end = null) => new()
    {
        Name = $"grants-{Guid.NewGuid():N}", Owner = "org",
        Grants = [new Grant { To = to, Flavor = "H100", Concurrency = gpus, End = end }],
    };

    private static Budget Of(string owner, int gpus, string flavor = "H100", DateTimeOffset? start = null,
        DateTimeOffset? end = null, string name = "own") => new()
    {
        Name = $"{owner}-{name}", Owner = owner,
        Envelopes = [new Envelope { Name = "e", Flavor = flavor, Concurrency = gpus, Start = start, End = end }],
    };
}
