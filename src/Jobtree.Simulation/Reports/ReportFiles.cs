using System.Collections.Immutable;
using System.Text.Json;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Reports.Page;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Reports;

/// <summary>Writes the two files of a report.</summary>
internal static class ReportFiles
{
    /// <summary>The file name of the page.</summary>
    public const string PageFile = "index.html";

    /// <summary>The file name of the figures.</summary>
    public const string FiguresFile = "figures.json";

    /// <summary>Writes both files to a folder, which is created if missing.</summary>
    /// <returns>The path of the page.</returns>
    public static string Write(
        string directory, JobTrace trace, ReplayReport report, ImmutableArray<ReplayOutcome> outcomes)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, FiguresFile),
            JsonSerializer.Serialize(report, ReportJson.Default.ReplayReport) + "\n");
        var page = Path.Combine(directory, PageFile);
        using var writer = new StreamWriter(page);
        ReportPage.Write(writer, trace, report, outcomes);
        return page;
    }
}
