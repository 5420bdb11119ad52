using FsCheck;
using FsCheck.Fluent;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Core.Tests.Funding;

public sealed class PayerTableTests
{
    private static readonly string[] Owners = ["a", "a:b", "a:b:c", "a:b:d", "a:e", "a:e:f", "g", "g:h", "g:h:i",
        "solo"];

    [Fact]
    public void A_family_is_what_a_look_at_every_envelope_finds() =>
        Prop.ForAll(Gen.ArrayOf(Budgets(), 8).ToArbitrary(), FamiliesAreWhole).QuickCheckThrowOnFailure();

    private static bool FamiliesAreWhole((string Owner, string[] Parents, bool Shares)[] drawn)
    {
        var budgets = drawn.Select((each, i) => new Budget
        {
            Name = $"b{7 - i}",
            Owner = each.Owner,
            Parents = [.. each.Parents],
            Envelopes = [Pool("pool", each.Shares), Pool("extra", !each.Shares)],
        }).ToArray();
        var table = new PayerTable("H100");
        table.Change(budgets, []);
        var kinship = new Kinship(budgets);
        return Owners.All(owner => table.FamilyOf(owner).Select(kin => (kin.Payer.Key, kin.Relation)).SequenceEqual(
            from payer in table.All
            let relation = payer.For(owner, kinship)
            where relation is not null && relation != Relation.Borrower
            orderby relation, payer.Key.Budget, payer.Key.Envelope
            select (payer.Key, relation.Value)));
    }

    private static Gen<(string, string[], bool)> Budgets() =>
        from owner in Gen.Elements(Owners)
        from parents in Gen.ArrayOf(Gen.Elements(Owners), 2)
        from named in Gen.Choose(0, 2)
        from shares in Gen.Elements(true, false)
        select (owner, parents[..named].Where(parent => parent != owner).Distinct().ToArray(), shares);

    private static Envelope Pool(string name, bool shares) => new()
    {
        Name = name,
        Flavor = "H100",
        Concurrency = 8,
        Start = DateTimeOffset.UnixEpoch,
        End = DateTimeOffset.UnixEpoch.AddYears(200),
        Sharing = shares ? Sharing.Family : Sharing.None,
    };
}
