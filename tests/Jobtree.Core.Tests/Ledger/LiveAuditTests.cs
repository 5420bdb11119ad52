using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Core.Tests.Scheduling;

namespace Jobtree.Core.Tests.Ledger;

/// <summary>A pass finds each kind of damage, and nothing where decisions go on between its steps.</summary>
public sealed class LiveAuditTests
{
    private static readonly RunKey A = new("ns", "a");
    private static readonly NodeSlots SlotsOfA = NodeSlots.Parse("n0#0-3");

    private static readonly Dictionary<string, (int Invariant, string What, Action<LedgerBench> Damage)> Damages = new()
    {
        ["a slot under two leases"] = (1, "slots n0#0-3 are leased twice, once by lease 2 of ns/b", bench =>
        {
            bench.State.Fleet.Release(SlotsOfA);
            bench.Admit("b", "x:a", 4);
        }),
        ["a lease on a fenced node"] = (2, "lease 1 of ns/a is on n0#0-3, which is fenced or has fewer GPUs", bench =>
            bench.State.Fleet.Put(bench.State.Fleet.Find("n0")! with { State = NodeState.Fenced })),
        ["an envelope that funds too much"] = (3, "x:a/e funds 4 GPUs, more than the 2 it may", bench =>
        {
            var terms = Assert.Single(bench.State.Funding.Budgets).Envelopes[0];
            bench.State.Funding.Change([new Budget { Name = "x:a", Owner = "x:a",
                Envelopes = [terms with { Concurrency = 2 }] }], []);
            // The classes are those of the time before: nobody settled them.
            bench.State.Funding.SettleRestored();
        }),
        ["a run with too few GPUs"] = (5, "ns/b runs with 1 GPU, fewer than its 2", bench =>
        {
            bench.Admit("b", "x:a", 2);
            var run = bench.State.Running[new RunKey("ns", "b")];
            var lease = run.Lose(Assert.Single(run.Leases).Id);
            run.Gain([lease with { Slots = [new NodeSlots(lease.Slots[0].Node, 1UL << 4)] }]);
        }),
        ["a group that is in two racks"] = (5, "a group of ns/b spans several racks, and must keep to one", bench =>
        {
            foreach (var node in new[] { "n1", "n2" })
                bench.State.Fleet.Put(InRack(node, "r0"));
            bench.Admit("b", "x:a", 12, demand => demand with { GroupGpus = 12, Level = LocalityLevel.Rack,
                LevelRequired = true });
            bench.State.Fleet.Put(InRack("n2", "r1"));
        }),
        ["a run that runs and waits"] = (6, "ns/a runs and waits at once", bench =>
            bench.State.Queue.Add(bench.State.Running[A].Demand, bench.Now)),
        ["a reservation of another run"] = (7, "the reservation of ns/b is not that of a run that waits", bench =>
        {
            bench.Admit("b", "x:a", 8);
            var waiting = bench.State.Queue.Find(new RunKey("ns", "b"))!;
            bench.State.Queue.Reserve(waiting, waiting.Reservation! with { State = ReservationState.Failed });
        }),
        ["a slot that nobody holds"] = (9, "node n0 counts slots n0#7 as used that no lease holds", bench =>
            bench.State.Fleet.Take(NodeSlots.Parse("n0#7"))),
        ["a slot that counts as a spare, too"] = (9, "node n0 counts slots n0#0-3 as used that no lease holds", bench =>
            bench.State.Fleet.Take(SlotsOfA, LeaseRole.Spare)),
        ["a slot that counts as free"] = (9, "slots n0#0-3 of lease 1 of ns/a count as free", bench =>
            bench.State.Fleet.Release(SlotsOfA)),
        ["use that was not metered"] = (10, "ns/a was metered 280 GPU-seconds, but its leases were open for 240",
            bench => bench.State.Running[A].Meter.Add(FundingClass.Owned, 4, TimeSpan.FromSeconds(10))),
    };

    public static TheoryData<string> Names => [.. Damages.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_damage_is_found_and_said(string name)
    {
        var (invariant, what, damage) = Damages[name];
        var bench = Begin();
        bench.Admit("a", "x:a", 4);
        bench.Now += TimeSpan.FromMinutes(1);
        bench.Record(new LedgerEntry { At = bench.Now });
        Assert.Empty(Audited(bench.State).Violations);
        damage(bench);
        var audit = Audited(bench.State);
        Assert.Contains(audit.Violations, found => found.Invariant == invariant && found.What == what);
        Assert.True(audit.Counts[invariant] > 0);
        Assert.Contains($"H100, entry {bench.State.Sequence}", audit.Violations[0].Where, StringComparison.Ordinal);
        Assert.Contains(StateAudit.Check(bench.State), found => found.Invariant == invariant && found.What == what);
    }

    [Fact]
    public void A_whole_state_is_checked_for_what_its_leases_add_up_to()
    {
        var bench = Begin();
        bench.Admit("a", "x:a", 4);
        Assert.Empty(StateAudit.Check(bench.State));
        var run = bench.State.Running[A];
        run.Gain([run.Lose(Assert.Single(run.Leases).Id) with { Slots = [NodeSlots.Parse("n0#0-1")] }]);
        Assert.Contains(StateAudit.Check(bench.State), found => found.Invariant == 9
            && found.What == "x:a/e counts 4 GPUs as funded and 0 as lent, but its leases have 2 and 0");
    }

    [Fact]
    public void Only_so_many_are_described_and_all_are_counted()
    {
        var bench = Begin(nodes: 40);
        for (var node = 0; node < 40; node++)
        {
            for (var slot = 0; slot < 8; slot++)
                bench.Admit($"r{node}-{slot}", "x:a", 1);
        }
        foreach (var lease in bench.State.Running.Values.SelectMany(run => run.Leases))
            bench.State.Fleet.Release(lease.Slots[0]);
        var audit = Audited(bench.State);
        Assert.Equal(LiveAudit.DescribedMax, audit.Violations.Count);
        Assert.Equal(320, audit.Counts[9]);
    }

    [Fact]
    public void Decisions_between_the_steps_of_a_pass_are_no_damage()
    {
        var bench = Begin(nodes: 6);
        bench.Budget("x:b", 8);
        var random = new Random(7);
        var (audit, passes) = (new LiveAudit(bench.State), 0);
        for (var i = 0; i < 4_000; i++)
        {
            bench.Now += TimeSpan.FromSeconds(random.Next(40));
            var before = bench.State.Sequence;
            Decide(bench, random, i);
            for (var entry = (int)before; entry < bench.Ledger.Count; entry++)
            {
                if (LedgerFormat.Read(bench.Ledger[entry], null).Open is { } opening)
                    audit.Opened(opening);
            }
            if (audit.Step(random.Next(1, 4)))
            {
                Assert.Empty(audit.Violations);
                (audit, passes) = (new LiveAudit(bench.State), passes + 1);
            }
        }
        Assert.InRange(passes, 50, 4_000);
        Assert.Empty(StateAudit.Check(bench.State));
    }

    [Fact]
    public void A_run_that_lost_leases_and_one_that_was_restored_have_metered_more()
    {
        var bench = Begin();
        bench.Admit("a", "x:a", 4);
        var snapshot = bench.State.Take();
        var metered = snapshot with { Running = [snapshot.Running[0] with { Metered = new ClassSplit(100, 0, 0, 0) }] };
        var restored = new FlavorState("H100");
        restored.Restore(metered);
        Assert.Empty(Audited(restored).Violations);
    }

    private static void Decide(LedgerBench bench, Random random, int i)
    {
        if (random.Next(10) < 6)
        {
            bench.Admit($"r{i}", random.Next(3) switch { 0 => "x:a", 1 => "x:b", _ => "y" }, random.Next(1, 9));
        }
        else if (bench.State.Running.Count > 0)
        {
            bench.Complete(bench.State.Running.Keys.Order().ElementAt(random.Next(bench.State.Running.Count)));
        }
        if (random.Next(20) == 0)
            bench.Budget("x:b", random.Next(4, 30));
        bench.Pass();
        if (bench.State.Queue.Count > 40)
            bench.Record(new LedgerEntry { At = bench.Now,
                Leave = new Departure(bench.State.Queue.Runs.Min(run => run.Demand.Run), LeaseEndReason.Cancelled) });
    }

    private static Node InRack(string name, string rack) => new()
    {
        Name = name,
        Flavor = "H100",
        Gpus = 8,
        Labels = new Dictionary<string, string> { [NodeLabels.FabricDomain] = "d1", [NodeLabels.Rack] = rack },
    };

    private static LedgerBench Begin(int nodes = 1)
    {
        var bench = new LedgerBench();
        bench.Nodes(nodes, 8);
        bench.Budget("x:a", 16);
        return bench;
    }

    private static LiveAudit Audited(FlavorState state)
    {
        var audit = new LiveAudit(state);
        while (!audit.Step(1))
        {
        }
        return audit;
    }
}
