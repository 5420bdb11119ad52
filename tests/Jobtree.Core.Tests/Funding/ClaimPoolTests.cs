using FsCheck;
using FsCheck.Fluent;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Core.Tests.Funding;

public sealed class ClaimPoolTests
{
    private static readonly Relation[] Relations = [Relation.Owner, Relation.Descendant(1), Relation.Sibling,
        Relation.Borrower];

    [Fact]
    public void A_cap_weighs_only_claims_on_open_envelopes()
    {
        var books = new Books([(8, 0), (8, 0)], [(8, [0, 1])]);
        var (first, second) = (books.Claim(0, Relation.Owner, 0, 8), books.Claim(1, Relation.Owner, 1, 8));
        first.Join();
        second.Join();
        foreach (var isFirstOpen in new[] { true, false, true })
        {
            books.Envelopes[0].SetOpen(isFirstOpen);
            Assert.Equal((isFirstOpen, !isFirstOpen), (first.Pool!.Funds(first), second.Pool!.Funds(second)));
            Assert.Equal(8, books.Caps[0].Funded());
        }
    }

    [Fact]
    public void A_claim_that_its_cap_refuses_leaves_the_room_of_its_envelope_to_the_next()
    {
        // The cap over both has 8 left for the second envelope, whose own room is 16.
        var books = new Books([(16, 0), (16, 0)], [(24, [0, 1])]);
        Claim[] claims = [books.Claim(0, Relation.Owner, 0, 16), books.Claim(1, Relation.Owner, 1, 12),
            books.Claim(1, Relation.Owner, 2, 8)];
        Assert.Equal([true, false, true], Funded(claims));
        Assert.Equal((0, 24), (books.Envelopes[1].Room(Relation.Owner) - 8, books.Caps[0].Funded()));
    }

    [Fact]
    public void A_claim_that_its_envelope_refuses_leaves_the_room_of_the_cap_to_others()
    {
        var books = new Books([(8, 0), (16, 0)], [(16, [0, 1])]);
        Claim[] claims = [books.Claim(0, Relation.Owner, 0, 12), books.Claim(1, Relation.Owner, 1, 16)];
        Assert.Equal([false, true], Funded(claims));
    }

    [Fact]
    public void A_borrower_that_was_funded_under_a_cap_is_not_displaced_by_the_owner()
    {
        var books = new Books([(8, 8), (8, 0)], [(8, [0, 1])]);
        Claim[] claims = [books.Claim(0, Relation.Borrower, 0, 4), books.Claim(1, Relation.Owner, 1, 8),
            books.Claim(1, Relation.Owner, 2, 4)];
        Assert.Equal([true, false, true], Funded(claims));
    }

    /// <summary>Envelopes that are linked only by way of others are weighed together too, and keep to all bounds.
    /// </summary>
    [Fact]
    public void What_is_funded_keeps_to_every_bound_and_is_what_a_walk_from_scratch_finds() => ForAnySeed(random =>
    {
        var books = new Books(
            [.. Enumerable.Range(0, 4).Select(_ => (random.Next(20), random.Next(12)))],
            [(random.Next(24), [0, 1]), (random.Next(24), [1, 2]), (random.Next(24), [2, 3])]);
        var claims = Enumerable.Range(0, random.Next(1, 14)).Select(i => books.Claim(
            random.Next(4), Relations[random.Next(Relations.Length)], random.Next(6), random.Next(1, 9))).ToArray();
        foreach (var claim in claims.OrderBy(_ => random.Next()))
        {
            claim.Join();
            _ = claim.Pool!.LeavesSomeUnfunded();
        }
        books.Envelopes[random.Next(4)].SetOpen(false);
        var funded = claims.Where(claim => claim.Pool!.Funds(claim)).ToArray();
        foreach (var book in books.Envelopes.Concat(books.Caps))
        {
            var under = funded.Where(claim => claim.Books.Contains(book)).ToArray();
            Assert.Equal(under.Sum(claim => claim.Gpus), book.Funded());
            Assert.True(book.Funded() <= book.Bound);
            Assert.True(under.Sum(claim => claim.Relation == Relation.Borrower ? claim.Gpus : 0) <= book.Lendable);
        }
        Assert.Equal(Naive(claims).Select(claim => claim.Lease).Order(), funded.Select(claim => claim.Lease).Order());
    });

    [Fact]
    public void Room_under_caps_is_what_a_new_claim_finds_funded_and_a_wider_one_does_not() => ForAnySeed(random =>
    {
        var books = new Books(
            [.. Enumerable.Range(0, 3).Select(_ => (random.Next(20), random.Next(12)))],
            [(random.Next(24), [0, 1]), (random.Next(24), [1, 2])]);
        for (var i = random.Next(10); i > 0; i--)
            books.Claim(random.Next(3), Relations[random.Next(Relations.Length)], random.Next(6), random.Next(1, 9))
                .Join();
        var relation = Relations[random.Next(Relations.Length)];
        var on = random.Next(3);
        var room = books.On(on).Min(book => book.Room(relation));
        foreach (var gpus in new[] { room, room + 1 }.Where(gpus => gpus > 0))
        {
            var claim = books.Claim(on, relation, 1000, gpus);
            claim.Join();
            Assert.Equal(gpus == room, claim.Pool!.Funds(claim));
            claim.Withdraw();
        }
    });

    /// <summary>Walks all claims in order for each borrower, and once for the family.</summary>
    private static List<Claim> Naive(Claim[] claims)
    {
        var ordered = claims.Order().ToArray();
        var family = ordered.Where(claim => claim.Relation != Relation.Borrower).ToArray();
        var lent = new List<Claim>();
        foreach (var borrower in ordered.Except(family))
        {
            var there = family.Where(claim => (claim.AdmittedAt, claim.Lease).CompareTo(
                (borrower.AdmittedAt, borrower.Lease)) < 0);
            var mine = lent.Where(claim => claim.Books[0] == borrower.Books[0]).Sum(claim => claim.Gpus);
            if (mine + borrower.Gpus <= borrower.Books[0].Lendable && Fits(Walk(lent, there), borrower))
                lent.Add(borrower);
        }
        return Walk(lent, family);
    }

    private static List<Claim> Walk(List<Claim> before, IEnumerable<Claim> claims)
    {
        var funded = before.ToList();
        foreach (var claim in claims)
        {
            if (Fits(funded, claim))
                funded.Add(claim);
        }
        return funded;
    }

    private static bool Fits(List<Claim> funded, Claim claim) => claim.Books.All(book => book.IsOpen
        && funded.Sum(other => other.Books.Contains(book) ? other.Gpus : 0) + claim.Gpus <= book.Concurrency);

    private static bool[] Funded(Claim[] claims)
    {
        foreach (var claim in claims)
            claim.Join();
        return [.. claims.Select(claim => claim.Pool!.Funds(claim))];
    }

    private static void ForAnySeed(Action<Random> property) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => property(new Random(seed))).Check(
            Config.QuickThrowOnFailure.WithMaxTest(500));

    /// <summary>Open envelopes and caps over them, in one pool.</summary>
    private sealed class Books
    {
        private readonly int[][] members;
        private int leases;

        public Books((int Concurrency, int Lendable)[] envelopes, (int Concurrency, int[] Members)[] caps)
        {
            members = [.. caps.Select(cap => cap.Members)];
            Envelopes = [.. envelopes.Select(envelope => new ClaimBook(envelope.Concurrency, envelope.Lendable))];
            Caps = [.. caps.Select(cap => new ClaimBook(
                cap.Concurrency, cap.Concurrency, [.. cap.Members.Select(member => Envelopes[member])]))];
            _ = new ClaimPool(Envelopes, Caps);
            foreach (var envelope in Envelopes)
                envelope.SetOpen(true);
        }

        public ClaimBook[] Envelopes { get; }

        public ClaimBook[] Caps { get; }

        public ClaimBook[] On(int envelope) =>
            [Envelopes[envelope], .. Caps.Where((_, cap) => members[cap].Contains(envelope))];

        public Claim Claim(int envelope, Relation relation, int minute, int gpus)
        {
            var lease = new Lease { Id = ++leases, Run = new RunKey("ns", $"r{leases}"), Slots = [],
                Start = DateTimeOffset.UnixEpoch };
            return new Claim(lease, "org:team", gpus, relation, DateTimeOffset.UnixEpoch.AddMinutes(minute),
                new RunMeter()) { Books = On(envelope) };
        }
    }
}
