using Jobtree.Actors.Operations;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;

namespace Jobtree.Cli.Tests.Fleet;

/// <summary>Views with a number in every place, to see where each is printed.</summary>
internal static class SampleViews
{
    public static AuditReport Audit { get; } = new(
        1234, 56, new Dictionary<string, string> { ["H100-80GB"] = "9f86d081884c7d659a2feaa0c55ad015",
            ["A100-40GB"] = "60303ae22b998861bce3b28f33eec1be" }, []);

    public static UsageReport Usage(UsageQuery query, DateTimeOffset now) => new(
        query.From, query.To ?? now, query.By switch
        {
            UsageBy.Run => [new UsageRow("H100-80GB", null, new RunKey("default", "train"), "org:ai:rai",
                new ClassSplit(12, 4, 0, 1.5))],
            UsageBy.Owner => [new UsageRow("H100-80GB", null, null, "org:ai:rai", new ClassSplit(12, 4, 0, 1.5))],
            _ => [
                new UsageRow("H100-80GB", new EnvelopeKey("rai", "h100"), null, null, new ClassSplit(12, 4, 0, 0)),
                new UsageRow("H100-80GB", null, null, null, new ClassSplit(0, 0, 0, 1.5))],
        }, new ClassSplit(12, 4, 0, 1.5), []);

    public static FlavorView Flavor(DateTimeOffset now) => new()
    {
        Flavor = "H100-80GB",
        Nodes = new Dictionary<NodeState, int> { [NodeState.Ready] = 7, [NodeState.Cordoned] = 1,
            [NodeState.Fenced] = 0 },
        Gpus = 64,
        Free = 22,
        Used = 34,
        Cordoned = 8,
        Fenced = 0,
        ByClass = new ClassSplit(24, 4, 2, 4),
        Spares = 1,
        Fragmentation = 0.125,
        Waiting = 3,
        Reserved = 1,
        DemandGpus = 96,
        Backlog = TimeSpan.FromMinutes(95),
        NextGpu = new RunEta(now, now),
        Decisions = new Dictionary<string, long> { ["bound"] = 41, ["waiting"] = 3 },
        LedgerSequence = 1234,
        LedgerHead = "9f86d081884c7d659a2feaa0c55ad015",
    };
}
