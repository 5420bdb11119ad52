using Jobtree.Actors.Operations;
using Jobtree.Core.Ledger;
using Jobtree.Actors.WhatIf;
using Jobtree.Core.Model;
using Jobtree.Manifests;

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

    public static WhatIfReport WhatIf(WhatIfQuestion question, DateTimeOffset now) => new(
        now,
        now + question.Horizon,
        [
            .. question.Manifests.Select(manifest => manifest switch
            {
                RunManifest run => new WhatIfDocument("Run", run.Key.ToString(), "bound", null, ["@@ -0,0 +1,1 @@",
                    "+kind: Run"]),
                _ => new WhatIfDocument("Node", "n1", "changed", "it stays Ready", null),
            }),
            .. question.Nodes.Select(node => new WhatIfDocument("Node", node.Node, $"{node.State}{node.EmptyBy:u}",
                null, null)),
            .. question.WithoutBudgets.Select(key => new WhatIfDocument("Budget", key, "deleted", null, null)),
            .. question.WithoutRuns.Select(run => new WhatIfDocument("Run", run.ToString(), "cancelled", null, null)),
        ],
        [
            new WhatIfRun(RunKey.Parse("default/new"), "org:rai", 8, true, null, new WhatIfOutlook(RunPhase.Running,
                new ClassSplit(8, 0, 0, 0), now, now.AddHours(2))),
            new WhatIfRun(RunKey.Parse("mm/scratch"), "org:mm", 4, false,
                new WhatIfOutlook(RunPhase.Running, new ClassSplit(0, 0, 0, 4), now.AddHours(-1), now.AddHours(3)),
                new WhatIfOutlook(RunPhase.Pending, default, now.AddHours(2), null)),
            new WhatIfRun(RunKey.Parse("mm/next"), "org:mm", 4, false,
                new WhatIfOutlook(RunPhase.Reserved, default, now.AddHours(1), null),
                new WhatIfOutlook(RunPhase.Reserved, default, null, null)),
            new WhatIfRun(RunKey.Parse("mm/late"), "org:mm", 2, false,
                new WhatIfOutlook(RunPhase.Running, new ClassSplit(0, 1, 1, 0), now.AddHours(-1), null),
                new WhatIfOutlook(RunPhase.Running, new ClassSplit(0, 1, 0, 1), null, null)),
        ],
        [
            new WhatIfCut(RunKey.Parse("mm/scratch"), "org:mm", now, LeaseEndReason.ReclaimUnfunded,
                RunKey.Parse("default/new"), 4, false),
            new WhatIfCut(RunKey.Parse("mm/late"), "org:mm", now.AddHours(5), LeaseEndReason.Shrink, null, 1, true),
        ],
        [new WhatIfPromise(RunKey.Parse("mm/next"), "org:mm", now.AddHours(1), now.AddDays(2))],
        [new WhatIfOwner("org:mm", new ClassSplit(0, 1, 1, 4), new ClassSplit(0, 1, 0, 1)),
            new WhatIfOwner("org:rai", default, new ClassSplit(8, 0, 0, 0))],
        3,
        ["Runs are taken to end when expected, and nothing else to be submitted or changed."]);

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
        Stranded = new Dictionary<int, int> { [2] = 1, [4] = 5, [8] = 14 },
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
