using FsCheck;
using FsCheck.Fluent;
using Jobtree.Core.Contention;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;

namespace Jobtree.Core.Tests.Contention;

public sealed class CutDrawsTests
{
    private const string Seed = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    [Fact]
    public void Tickets_are_drawn_as_the_rule_says() => ForAnySeed(random =>
    {
        var candidates = Candidates(random, CutStep.Unfunded, withParts: true);
        var drawn = new CutDraws(Seed).Draw(CutStep.Unfunded, candidates).ToArray();
        Assert.Equal(DrawnByTheRule(candidates), drawn);
        Assert.Equal(Enumerable.Range(0, candidates.Length), drawn.Order());
    });

    [Fact]
    public void No_part_of_a_run_is_drawn_before_the_parts_that_come_first() => ForAnySeed(random =>
    {
        var candidates = Candidates(random, CutStep.Unfunded, withParts: true);
        var drawn = new CutDraws(Seed).Draw(CutStep.Unfunded, candidates).Select(i => candidates[i]);
        foreach (var ofRun in drawn.GroupBy(candidate => candidate.Run))
            Assert.Equal(ofRun.OrderBy(candidate => candidate.Part ?? int.MaxValue), ofRun);
    });

    [Fact]
    public void A_lottery_only_evens_things_out() => ForAnySeed(random =>
    {
        var gap = random.Next(1, 4);
        var asker = new OwnerShare(random.Next(0, 20), random.Next(1, 20));
        var shares = Enumerable.Range(0, 4)
            .Select(_ => new OwnerShare(random.Next(8, 60), random.Next(0, 20))).ToArray();
        CutCandidate[] candidates = [.. Candidates(random, CutStep.Lottery, withParts: false)
            .Select((candidate, i) => candidate with { Owner = $"o{i % 4}", Share = shares[i % 4] })];
        var freed = new int[4];
        foreach (var drawn in new CutDraws(Seed, asker, gap).Draw(CutStep.Lottery, candidates))
        {
            var owner = int.Parse(candidates[drawn].Owner.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture);
            freed[owner] += candidates[drawn].Gpus;
            Assert.True(shares[owner].Less(freed[owner]).Exceeds(asker, gap));
        }
        for (var i = 0; i < candidates.Length; i++)
        {
            var owner = i % 4;
            var isDrawn = new CutDraws(Seed, asker, gap).Draw(CutStep.Lottery, candidates).Contains(i);
            Assert.True(isDrawn || freed[owner] + candidates[i].Gpus > shares[owner].MayLose(asker, gap));
        }
    });

    [Fact]
    public void An_owner_may_lose_what_leaves_its_share_greater_and_no_more() => ForAnySeed(random =>
    {
        var (one, other) = (new OwnerShare(random.Next(0, 60), random.Next(0, 20)),
            new OwnerShare(random.Next(0, 20), random.Next(1, 20)));
        var gap = random.Next(1, 4);
        var most = one.MayLose(other, gap);
        Assert.Equal(most >= 0 && one.Gpus > 0, one.Gpus > 0 && one.Exceeds(other, gap));
        if (most >= 0)
            Assert.True(one.Less(most).Exceeds(other, gap));
        if (most >= 0 && one.Concurrency > 0)
            Assert.False(one.Less(most + 1).Exceeds(other, gap));
    });

    [Fact]
    public void Each_gpu_is_a_ticket_and_each_owner_has_the_same_chance()
    {
        CutCandidate[] widths = [Of("a", 1), Of("b", 3)];
        CutCandidate[] owners = [Of("a", 1, "few"), .. Enumerable.Range(0, 9).Select(i => Of($"b{i}", 1, "many"))];
        var (narrow, few) = (0, 0);
        for (var i = 0; i < 4000; i++)
        {
            var seed = HashChain.Seed(new RunKey("ns", "r"), DateTimeOffset.UnixEpoch, $"{i}");
            narrow += new CutDraws(seed).Draw(CutStep.Unfunded, widths).First() == 0 ? 1 : 0;
            few += new CutDraws(seed, new OwnerShare(0, 1)).Draw(CutStep.Lottery, owners).First() == 0 ? 1 : 0;
        }
        Assert.InRange(narrow, 900, 1100); // A quarter of 4000, within four standard deviations.
        Assert.InRange(few, 1870, 2130); // Half of them.
    }

    private static void ForAnySeed(Action<Random> check) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => check(new Random(seed))).Check(
            Config.QuickThrowOnFailure.WithMaxTest(300));

    private static CutCandidate Of(string run, int gpus, string owner = "o") =>
        new(CutStep.Unfunded, new RunKey("ns", run), owner, gpus, 0, null, new OwnerShare(50, 10));

    private static CutCandidate[] Candidates(Random random, CutStep step, bool withParts)
    {
        var candidates = new List<CutCandidate>();
        for (var i = random.Next(1, 30); i > 0; i--)
        {
            var run = new RunKey("ns", $"r{i}");
            for (var part = withParts ? random.Next(-6, 3) : -1; part >= 0; part--)
                candidates.Add(new CutCandidate(step, run, "o", random.Next(1, 9), 0, part));
            candidates.Add(new CutCandidate(step, run, "o", random.Next(1, 9), random.Next(3) * random.Next(100)));
        }
        return [.. candidates.OrderBy(candidate => candidate.Loss).ThenBy(candidate => candidate.Run)
            .ThenBy(candidate => candidate.Part ?? int.MaxValue)];
    }

    /// <summary>The rule in words: lists of tickets, made anew for each draw.</summary>
    private static List<int> DrawnByTheRule(CutCandidate[] candidates)
    {
        var numbers = new Draw(Seed);
        var left = Enumerable.Range(0, candidates.Length).ToList();
        var drawn = new List<int>();
        while (left.Count > 0)
        {
            var least = left.Min(i => candidates[i].Loss);
            var tickets = left.Where(i => candidates[i].Loss <= 2 * least)
                .SelectMany(i => Enumerable.Repeat(i, candidates[i].Gpus)).ToArray();
            var run = candidates[tickets[numbers.Below(tickets.Length)]].Run;
            var hit = left.Where(i => candidates[i].Run == run).MinBy(i => candidates[i].Part ?? int.MaxValue);
            left.Remove(hit);
            drawn.Add(hit);
        }
        return drawn;
    }
}
