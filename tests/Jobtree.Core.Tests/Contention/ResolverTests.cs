using Jobtree.Core.Contention;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Tests.Scheduling;

namespace Jobtree.Core.Tests.Contention;

public sealed class ResolverTests
{
    [Theory]
    [InlineData(0, false, true)]
    [InlineData(0, true, true)]
    [InlineData(4, false, true)]
    [InlineData(4, true, false)]
    [InlineData(8, false, false)]
    [InlineData(8, true, false)]
    public void A_run_that_was_cut_takes_only_what_nobody_funds_any_part_of(int othersFunding, bool wasCut, bool yields)
    {
        var bench = new LedgerBench();
        bench.Nodes(1, 8);
        bench.Budget("funded", 8);
        bench.Budget("other", othersFunding);
        bench.Admit("other", "other", 8);
        bench.Now += TimeSpan.FromMinutes(1);
        bench.Admit("one", "funded", 8, demand => demand with { AdmittedAt = wasCut ? LedgerBench.Epoch : null });
        Assert.Equal(yields, bench.State.Running.ContainsKey(new RunKey("ns", "one")));
        Assert.Equal(!yields, bench.State.Running.ContainsKey(new RunKey("ns", "other")));
    }

    [Fact]
    public void What_is_drawn_and_not_needed_is_spared_and_the_draw_replays()
    {
        var sizes = new[] { 1, 1, 2, 4, 4, 4, 8, 8 };
        for (var seed = 0; seed < 50; seed++)
        {
            var (bench, random) = (new LedgerBench(), new Random(seed));
            bench.Nodes(4, 8);
            bench.Budget("funded", 32);
            foreach (var (gpus, i) in sizes.OrderBy(_ => random.Next()).Select((gpus, i) => (gpus, i)))
                bench.Admit($"u{i}", "nobody", gpus);
            var head = bench.State.Head;
            var width = random.Next(1, 33);
            var widths = bench.State.Running.Values.ToDictionary(run => run.Demand.Run, run => run.Gpus());
            var entry = bench.Admit("funded", "funded", width);

            var freed = entry.Close!.Sum(cut => widths[cut.Run]);
            Assert.True(freed >= width);
            Assert.All(entry.Close!, cut =>
                Assert.True(freed - widths[cut.Run] < width, $"{cut.Run} was cut without need, seed {seed}"));
            var decision = entry.Resolution!;
            Assert.Equal(decision.Seed, HashChain.Seed(new RunKey("ns", "funded"), bench.Now, head));
            Assert.True(ResolutionAudit.Repeats(decision));
            Assert.Equal(decision.Draws.Except(decision.Spared).Select(draw => draw.Run).Order(),
                entry.Close!.Select(cut => cut.Run).Order());
        }
    }
}
