using Jobtree.Actors.Runs;
using Jobtree.Bench.Load;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Bench.Pieces;

/// <summary>Records as admissions of runs of one node write them.</summary>
internal static class SampleRecords
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly RunKey Run = new("team-0", "train-128");

    /// <summary>What the run asks for.</summary>
    public static RunSpec Spec { get; } = new()
    {
        Resources = new Resources { GpuType = FleetShape.Flavor, TotalGPUs = 8 },
        Runtime = new RuntimeHints { ExpectedDuration = TimeSpan.FromHours(1) },
    };

    /// <summary>The ledger entry that starts it.</summary>
    public static LedgerEntry Start { get; } = new()
    {
        Sequence = 123_456,
        At = Now,
        Previous = HashChain.Link("an entry"u8),
        Open = new Opening
        {
            Demand = Demand.Of(Run, FleetShape.Team(0), Spec, Now),
            FirstLease = 1000,
            Leases = [new OpeningLease { Payer = new EnvelopeKey("team-0", "base"),
                Slots = [new NodeSlots("node-000017", 0xFF)] }],
        },
    };

    /// <summary>The events of its journal: submitted, started, ended.</summary>
    public static RunEvent[] LifeOfARun { get; } =
    [
        new() { At = Now, Submitted = new Submission(Spec, FleetShape.Team(0), null, "submit-128") },
        new()
        {
            At = Now,
            Fact = new RunFact
            {
                Sequence = 123_456, Flavor = FleetShape.Flavor, Run = Run, At = Now, Kind = RunFactKind.Started,
                Attempt = 1, Gpus = 8,
            },
        },
        new()
        {
            At = Now.AddHours(1),
            Ended = new RunEnd(
                LeaseEndReason.Completed, "Exit code 0.", "complete-128", new ClassSplit(28_800, 0, 0, 0), 123_999),
        },
    ];
}
