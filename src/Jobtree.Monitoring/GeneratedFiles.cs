using Jobtree.Monitoring.Dashboards;
using Jobtree.Monitoring.Packaging;
using Jobtree.Telemetry;

namespace Jobtree.Monitoring;

/// <summary>All files of the repository that are made from others.</summary>
internal static class GeneratedFiles
{
    /// <summary>Makes them in memory.</summary>
    /// <param name="repository">Where their sources are.</param>
    public static IReadOnlyList<GeneratedFile> Of(Repository repository)
    {
        IReadOnlyList<GeneratedFile> sources = Sources();
        return [.. sources, .. PackagedCopies.Of(repository, sources)];
    }

    /// <summary>Files that were made from a source which is gone.</summary>
    /// <param name="repository">Where they are.</param>
    /// <param name="current">What <see cref="Of"/> made.</param>
    public static IEnumerable<string> Orphans(Repository repository, IReadOnlyList<GeneratedFile> current) =>
        PackagedCopies.Orphans(repository, current);

    private static IReadOnlyList<GeneratedFile> Sources() =>
    [
        new("docs/metrics.md", CatalogueDocument.Write()),
        .. AllDashboards.Make().Select(board => new GeneratedFile(board.Path, DashboardJson.Write(board))),
    ];
}
