using FsCheck;
using FsCheck.Fluent;
using Jobtree.Core.Ledger;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Subjects;

namespace Jobtree.Simulation.Tests.Subjects;

public sealed class JobtreeProperties
{
    private const int Gpus = 12;

    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(60).WithEndSize(80);

    private static readonly Arbitrary<ReplayOptions> Fleets =
        (from knowledge in Gen.Elements(Enum.GetValues<DurationKnowledge>())
         from perNode in Gen.Elements(1, 2, 4)
         from perDomain in Gen.Elements(1, 2, 12)
         from overcommit in Gen.Elements(0.5, 1, 1.25, 3)
         select new ReplayOptions
         {
             Nodes = Gpus / perNode,
             GpusPerNode = perNode,
             NodesPerDomain = perDomain,
             Overcommit = overcommit,
             Estimates = knowledge,
         }).ToArbitrary();

    [Fact]
    public void Every_job_that_fits_the_fleet_ends_and_every_instant_passes_the_audit() =>
        Check.One(Runs, Prop.ForAll(RandomTraces.UpTo(Gpus), Fleets, (trace, options) =>
        {
            var outcome = new JobtreeScheduler(replay => Assert.Empty(StateAudit.Check(replay.State))).Run(
                trace, options, Silent.Progress);

            Invariants.Check(trace, Gpus, outcome);
            Assert.All(outcome.Jobs.Zip(trace.Jobs), pair => Assert.Equal(pair.Second.Gpus <= Gpus, pair.First.Ran));
        }));

    [Fact]
    public void Jobs_of_users_that_state_durations_keep_every_invariant_too() =>
        Check.One(Runs, Prop.ForAll(RandomTraces.OfUsersUpTo(Gpus), Fleets, (trace, options) =>
        {
            var outcome = new JobtreeScheduler(replay => Assert.Empty(StateAudit.Check(replay.State))).Run(
                trace, options with { Estimates = DurationKnowledge.Stated }, Silent.Progress);

            Invariants.Check(trace, Gpus, outcome);
            Assert.All(outcome.Jobs.Zip(trace.Jobs), pair => Assert.Equal(pair.Second.Gpus <= Gpus, pair.First.Ran));
        }));

    [Fact]
    public void The_same_trace_gives_the_same_ledger() =>
        Check.One(Runs.WithMaxTest(30), Prop.ForAll(RandomTraces.UpTo(Gpus), Fleets, (trace, options) =>
    {
        var (first, second) = (new JobtreeScheduler().Run(trace, options, Silent.Progress), new JobtreeScheduler()
            .Run(trace, options, Silent.Progress));

        Assert.Equal((first.LedgerHead, first.Decisions), (second.LedgerHead, second.Decisions));
    }));
}
