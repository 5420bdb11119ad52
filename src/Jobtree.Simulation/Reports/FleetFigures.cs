using Jobtree.Simulation.Replay;

namespace Jobtree.Simulation.Reports;

/// <summary>The fleet, the budgets and the rules of the replay.</summary>
internal sealed record FleetFigures(
    int Nodes, int GpusPerNode, int NodesPerDomain, int Gpus, string Flavor, double BudgetsOverFleet,
        string DurationEstimates, ulong Seed)
{
    /// <summary>The figures of options.</summary>
    public static FleetFigures Of(ReplayOptions options) => new(
        options.Nodes,
        options.GpusPerNode,
        options.NodesPerDomain,
        options.FleetGpus,
        options.Flavor,
        options.Overcommit,
        options.Estimates.ToString().ToLowerInvariant(),
        options.Seed);
}
