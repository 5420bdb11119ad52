using Jobtree.Telemetry;

namespace Jobtree.Monitoring.Dashboards.Boards;

/// <summary>What several dashboards ask of the hosts.</summary>
internal static class HostSeries
{
    /// <summary>Part of its processors that each silo uses.</summary>
    public static string Processor { get; } =
        PromQl.Rate(Catalogue.ProcessCpu, "instance") + " / " + PromQl.Sum(Catalogue.ProcessCpus, "instance");

    /// <summary>Part of its memory limit that each silo uses.</summary>
    public static string Memory { get; } =
        PromQl.Sum(Catalogue.ProcessMemory, "instance") + " / " + PromQl.Sum(Catalogue.ProcessMemoryLimit, "instance");
}
