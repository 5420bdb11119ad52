using Jobtree.Core.Contention;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Tests.Scheduling;

namespace Jobtree.Core.Tests.Contention;

/// <summary>Whatever is changed in the record of a decision, the audit finds it.</summary>
public sealed class ResolutionAuditTests
{
    public static TheoryData<string> Changes => ["nothing", "seed", "loss", "width", "owner", "candidate",
        "order of draws", "one draw less", "spared", "charge", "another cut", "a needless cut", "no record"];

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_changed_record_is_found(string change)
    {
        var bench = new LedgerBench();
        bench.Nodes(4, 8);
        bench.Budget("funded", 32);
        for (var i = 0; i < 8; i++)
            bench.Admit($"u{i}", "nobody", 4);
        bench.Now += TimeSpan.FromMinutes(7);
        var demand = new Core.Scheduling.Demand { Run = new RunKey("ns", "job"), Owner = "funded", Gpus = 16,
            SubmittedAt = bench.Now };
        var entry = bench.Scheduler.Admit(demand, bench.Now);
        var decision = entry.Resolution!;
        Assert.Equal(4, entry.Close!.Count);
        var changed = change switch
        {
            "seed" => entry with { Resolution = decision with { Seed = HashChain.Seed(demand.Run, bench.Now, "x") } },
            "loss" => WithFirst(entry, candidate => candidate with { Loss = candidate.Loss + 1 }),
            "width" => WithFirst(entry, candidate => candidate with { Gpus = candidate.Gpus + 1 }),
            "owner" => WithFirst(entry, candidate => candidate with { Owner = "somebody" }),
            "candidate" => entry with
            {
                Resolution = decision with { Candidates = [.. decision.Candidates.Skip(1)] },
            },
            "order of draws" => entry with
            {
                Resolution = decision with { Draws = [.. decision.Draws.Reverse()] },
            },
            "one draw less" => entry with
            {
                Resolution = decision with { Draws = [.. decision.Draws.SkipLast(1)] },
            },
            "charge" => entry with
            {
                Resolution = decision with { Charge = new CutCharge("funded", decision.Candidates[0].Loss, 1) },
            },
            "spared" => entry with { Resolution = decision with { Spared = [decision.Draws[0]] } },
            "another cut" => entry with
            {
                Close = [.. entry.Close.Skip(1), entry.Close[0] with { Run = Other(entry) }],
            },
            "a needless cut" => Needless(bench, entry, demand),
            "no record" => entry with { Resolution = null },
            _ => entry,
        };
        var fault = new ResolutionAudit(bench.State, changed).FindFault();
        if (change == "nothing")
            Assert.Null(fault);
        else
            Assert.NotNull(fault);
    }

    private static LedgerEntry WithFirst(LedgerEntry entry, Func<CutCandidate, CutCandidate> change) => entry with
    {
        Resolution = entry.Resolution! with
        {
            Candidates = [change(entry.Resolution.Candidates[0]), .. entry.Resolution.Candidates.Skip(1)],
        },
    };

    private static RunKey Other(LedgerEntry entry) => entry.Resolution!.Candidates
        .Select(candidate => candidate.Run).First(run => entry.Close!.All(cut => cut.Run != run));

    /// <summary>The same decision with one draw more, all by the rules but for the need.</summary>
    private static LedgerEntry Needless(
        LedgerBench bench, LedgerEntry entry, Core.Scheduling.Demand demand)
    {
        var wider = bench.Scheduler.Admit(demand with { Gpus = 20 }, bench.Now);
        Assert.Equal(5, wider.Close!.Count);
        return wider with { Open = entry.Open };
    }
}
