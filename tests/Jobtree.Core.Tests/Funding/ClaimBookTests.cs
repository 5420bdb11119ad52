using FsCheck;
using FsCheck.Fluent;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Core.Tests.Funding;

public sealed class ClaimBookTests
{
    private static readonly Relation[] Relations = [Relation.Owner, Relation.Descendant(1), Relation.Descendant(2),
        Relation.Sibling, Relation.Cousin, Relation.Borrower];

    [Fact]
    public void Claims_are_funded_in_order_and_one_that_does_not_fit_is_passed_over()
    {
        var claims = new[] { Claim(0, Relation.Owner, 0, 6), Claim(1, Relation.Owner, 1, 5),
            Claim(2, Relation.Owner, 2, 4) };
        var book = Book(10, 0, claims);
        Assert.Equal([true, false, true], claims.Select(book.Funds));
        Assert.Equal((10, 0), (book.Funded(), book.Room(Relation.Owner)));
    }

    [Fact]
    public void The_owner_recalls_what_the_family_uses_but_not_what_was_lent()
    {
        var claims = new[] { Claim(0, Relation.Borrower, 0, 4), Claim(1, Relation.Sibling, 1, 6),
            Claim(2, Relation.Owner, 2, 6) };
        Assert.Equal([true, false, true], claims.Select(Book(10, 4, claims).Funds));
    }

    [Fact]
    public void A_borrower_comes_after_the_family_that_is_there()
    {
        var claims = new[] { Claim(0, Relation.Cousin, 0, 8), Claim(1, Relation.Borrower, 1, 4),
            Claim(2, Relation.Borrower, 2, 2) };
        Assert.Equal([true, false, true], claims.Select(Book(10, 10, claims).Funds));
    }

    [Fact]
    public void Among_claims_of_one_instant_a_borrower_keeps_what_it_had_first()
    {
        var claims = new[] { Claim(0, Relation.Borrower, 0, 8), Claim(1, Relation.Owner, 0, 8) };
        Assert.Equal([true, false], claims.Select(Book(10, 10, claims).Funds));
        claims = [Claim(1, Relation.Borrower, 0, 8), Claim(0, Relation.Owner, 0, 8)];
        Assert.Equal([false, true], claims.Select(Book(10, 10, claims).Funds));
    }

    [Fact]
    public void Outside_its_window_nothing_is_funded()
    {
        var claim = Claim(0, Relation.Owner, 0, 1);
        var book = Book(10, 10, [claim]);
        book.SetOpen(false);
        Assert.False(book.Funds(claim));
        Assert.Equal((0, 9), (book.Room(Relation.Owner), book.WhenOpen(_ => true).Room(Relation.Owner)));
        book.SetOpen(true);
        Assert.True(book.Funds(claim));
    }

    [Fact]
    public void Room_is_what_a_new_claim_finds_funded_and_a_wider_one_does_not() => ForAnySeed(random =>
    {
        var book = Book(random.Next(0, 20), random.Next(0, 20),
            [.. Enumerable.Range(0, random.Next(10)).Select(i => Claim(i, Pick(random), i, random.Next(1, 9)))]);
        var relation = Pick(random);
        var room = book.Room(relation);
        foreach (var gpus in new[] { room, room + 1 }.Where(gpus => gpus > 0))
        {
            var claim = Claim(1000, relation, 1000, gpus);
            book.Add(claim);
            Assert.Equal(gpus == room, book.Funds(claim));
            book.Remove(claim);
        }
    });

    [Fact]
    public void What_is_funded_depends_on_the_claims_alone_and_keeps_to_the_bounds() => ForAnySeed(random =>
    {
        var (concurrency, lendable) = (random.Next(0, 24), random.Next(0, 24));
        var claims = Enumerable.Range(0, random.Next(1, 14)).Select(
            i => Claim(i, Pick(random), random.Next(6), random.Next(1, 9))).ToArray();
        var detour = Book(concurrency, lendable, [.. claims.OrderBy(_ => random.Next())]);
        foreach (var claim in claims.OrderBy(_ => random.Next()).Take(5).ToArray())
        {
            detour.Remove(claim);
            _ = detour.Funded();
            detour.Add(claim);
        }
        var straight = Book(concurrency, lendable, claims);
        Assert.Equal(claims.Select(straight.Funds), claims.Select(detour.Funds));
        Assert.Equal(claims.Where(straight.Funds).Sum(claim => claim.Gpus), straight.Funded());
        Assert.True(straight.Funded() <= concurrency);
        Assert.True(claims.Where(claim => claim.Relation == Relation.Borrower && straight.Funds(claim))
            .Sum(claim => claim.Gpus) <= lendable);
    });

    private static ClaimBook Book(int concurrency, int lendable, Claim[] claims)
    {
        var book = new ClaimBook(concurrency, lendable);
        book.SetOpen(true);
        foreach (var claim in claims)
            book.Add(claim);
        return book;
    }

    private static Claim Claim(int lease, Relation relation, int minute, int gpus) =>
        new(
            new Lease { Id = lease, Run = new RunKey("ns", $"r{lease}"), Slots = [], Start = DateTimeOffset.UnixEpoch },
                "org:team", gpus, relation, DateTimeOffset.UnixEpoch.AddMinutes(minute),
            new RunMeter());

    private static Relation Pick(Random random) => Relations[random.Next(Relations.Length)];

    private static void ForAnySeed(Action<Random> property) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => property(new Random(seed))).Check(
            Config.QuickThrowOnFailure.WithMaxTest(500));
}
