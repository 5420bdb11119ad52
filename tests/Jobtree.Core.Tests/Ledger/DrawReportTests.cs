using Jobtree.Core.Contention;
using Jobtree.Core.Ledger;
using Jobtree.Core.Ledger.Reading;
using Jobtree.Core.Model;

namespace Jobtree.Core.Tests.Ledger;

public sealed class DrawReportTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly RunKey Asker = new("default", "asker");

    [Fact]
    public void In_a_lottery_each_owner_has_the_same_chance_and_its_runs_share_it()
    {
        var entry = Lottery(draws: 1);
        var report = DrawReport.Of("H100", entry)!;
        Assert.Empty(report.Differences);
        var drawn = Assert.Single(report.Draws);
        Assert.Equal(drawn.Run.Name == "a1" ? (3, 6) : (1, 6), (drawn.Tickets, drawn.TicketsOfAll));
        Assert.DoesNotContain(report.Candidates, candidate => candidate.Run.Name == "dear" && candidate.IsDrawn);
        Assert.Contains("far greater than the asker's",
            CutReceipt.Of(drawn.Run, "H100", entry)!.Spared[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_seed_instant_or_predecessor_is_told()
    {
        var entry = Lottery(draws: 2);
        Assert.True(DrawReport.Of("H100", entry)!.Repeats);
        Assert.False(DrawReport.Of("H100", entry with { At = At.AddTicks(1) })!.Repeats);
        Assert.False(DrawReport.Of("H100", entry with { Previous = HashChain.Link("other"u8) })!.Repeats);
        var uncut = entry with { Close = [.. entry.Close!,
            new Closing(new RunKey("default", "dear"), LeaseEndReason.RandomPreempt, true, "ab")] };
        Assert.Equal(["default/dear was cut, but not drawn"], DrawReport.Of("H100", uncut)!.Differences);
    }

    [Fact]
    public void An_entry_without_a_lot_has_no_report() =>
        Assert.Null(DrawReport.Of("H100", new LedgerEntry { Sequence = 1, At = At }));

    private static LedgerEntry Lottery(int draws)
    {
        var previous = HashChain.Link("before"u8);
        var seed = HashChain.Seed(Asker, At, previous);
        var (share, asker) = (new OwnerShare(64, 64), new OwnerShare(0, 64));
        CutCandidate[] candidates =
        [
            Candidate("a1", "a", 100), Candidate("b1", "b", 110), Candidate("b2", "b", 120), Candidate("b3", "b", 200),
            Candidate("dear", "a", 201),
        ];
        var drawn = new CutDraws(seed, asker, 1).Draw(CutStep.Lottery, candidates).Take(draws)
            .Select(index => new CutDraw(CutStep.Lottery, candidates[index].Run)).ToArray();
        return new LedgerEntry
        {
            Sequence = 7, At = At, Previous = previous,
            Close = [.. drawn.Select(draw => new Closing(draw.Run, LeaseEndReason.RandomPreempt, true, seed))],
            Resolution = new Resolution(Asker, seed, 8, candidates, drawn, [], asker, 1),
        };

        CutCandidate Candidate(string run, string owner, long loss) =>
            new(CutStep.Lottery, new RunKey("default", run), owner, 8, loss, null, share);
    }
}
