using Jobtree.Telemetry;
using static Jobtree.Monitoring.Dashboards.Panel;
using static Jobtree.Monitoring.Dashboards.PromQl;

namespace Jobtree.Monitoring.Dashboards.Boards;

/// <summary>The nodes: their health, their use, and what goes wrong on them.</summary>
internal static class TargetManagement
{
    public static Dashboard Make() => new(
        "target-management", "Jobtree / Target management",
        "The nodes of the fleet: health, use of each as reported, how work is spread, and what goes wrong.",
        new Row("Health",
            Stat("Ready nodes", "Nodes that take work.", Unit.Count, Sum(Catalogue.Nodes, where: "state='ready'")),
            Stat("Cordoned nodes", "Nodes that take no new work: cordoned, or draining.", Unit.Count,
                Sum(Catalogue.Nodes, where: "state=~'cordoned|draining'")) with { Thresholds = new(1, 1000) },
            Stat("Fenced nodes", "Nodes that failed: their work was taken from them.", Unit.Count,
                Sum(Catalogue.Nodes, where: "state='fenced'")) with { Thresholds = new(1, 1.01) },
            Stat("Free GPUs", "GPUs that nobody holds.", Unit.Count, Sum(Catalogue.Gpus, where: "state='free'")),
            Gauge("GPUs out of service", "Part of the GPUs that are cordoned or fenced.",
                Share(Sum(Catalogue.Gpus, where: "state=~'cordoned|fenced'"), Sum(Catalogue.Gpus)))
                with { Thresholds = new(0.05, 0.2) },
            Gauge("Busiest processor", "Processor use of the busiest node that reports it.",
                Max(Catalogue.NodeUsage, where: "resource='cpu'")),
            Stack("Nodes by state", "Ready, cordoned, draining, fenced.", Unit.Count,
                ("{{state}}", Sum(Catalogue.Nodes, "state"))),
            Table("Nodes by flavor", "Nodes of each flavor by state; overdue ones should have been drained by now.",
                Unit.Count,
                [.. States.Select(state =>
                    new Query(state, Sum(Catalogue.Nodes, "flavor", $"state='{state}'"))),
                    new Query("overdue", Sum(Catalogue.NodesOverdue, "flavor"))])),
        new Row("Use of each node",
            Usage("GPU use by node", "gpu"), Usage("Processor use by node", "cpu"),
            Usage("Memory use by node", "memory")),
        new Row("Distribution of work",
            Stack("GPUs in use by flavor", "GPUs that runs hold.", Unit.Count,
                ("{{flavor}}", Sum(Catalogue.Gpus, "flavor", "state='used'"))),
            Bars("Share of GPUs in use", "Part of each flavor's GPUs that runs hold.", Unit.Ratio,
                ("{{flavor}}",
                    Share(Sum(Catalogue.Gpus, "flavor", "state='used'"), Sum(Catalogue.Gpus, "flavor"))))
                with { Max = 1 },
            Lines("Fragmentation by flavor", "1 - largest free block in one fabric domain / all free GPUs.", Unit.Ratio,
                ("{{flavor}}", Max(Catalogue.Fragmentation, "flavor"))) with { Max = 1 }),
        new Row("Errors by node",
            Columns("Failed orders by silo",
                "Orders to the executor that failed, per minute, by the silo that runs workloads itself.",
                Unit.PerMinute,
                ("{{order}} {{instance}}",
                    $"60 * {Rate(Catalogue.ExecutorOrders, "order, instance", "outcome='failed'")}"))
                with { WhenEmpty = "no failed orders" },
            Lines("Order latency p95", "95 % of the orders to the executor were taken within this time.", Unit.Seconds,
                ("{{order}}", Quantile(0.95, Catalogue.ExecutorOrderDuration, "order"))),
            Lines("Attempts that do not end", "Attempts whose processes a silo cannot end, and goes on trying to.",
                Unit.Count, ("{{instance}}", Max(Catalogue.ExecutorResisting, "instance"))),
            Columns("Errors by silo", "Errors per second by silo and component.", Unit.PerSecond,
                ("{{instance}} {{component}}", Rate(Catalogue.Errors, "instance, component")))
                with { WhenEmpty = "no errors" }));

    private static readonly string[] States = ["ready", "cordoned", "draining", "fenced"];

    private static Panel Usage(string title, string resource) => Lines(
        title, "As the node's agent or the executor reports it; a line for each node.", Unit.Ratio,
        ("{{node}}", Max(Catalogue.NodeUsage, "node", $"resource='{resource}'"))) with { Max = 1 };
}
