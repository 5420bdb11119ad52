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
    ];
}
