using Jobtree.Monitoring.Dashboards;
using Jobtree.Telemetry;

namespace Jobtree.Monitoring;

/// <summary>All files of the repository that are made from others.</summary>
internal static class GeneratedFiles
{
    /// <summary>Makes them in memory.</summary>
    /// <param name="repository">Where their sources are.</param>
    public static IEnumerable<GeneratedFile> Of(Repository repository) =>
    [
        new("docs/metrics.md", CatalogueDocument.Write()),
        .. AllDashboards.Make().Select(board => new GeneratedFile(board.Path, DashboardJson.Write(board))),
    ];
}
