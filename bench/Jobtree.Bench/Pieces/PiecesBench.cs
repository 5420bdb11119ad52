using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Jobtree.Bench.Pieces;

/// <summary>The small pieces of one admission, each by itself.</summary>
internal static class PiecesBench
{
    private static readonly Type[] Pieces =
        [typeof(CheckPieces), typeof(DecisionPieces), typeof(ExchangePieces), typeof(FormatPieces), typeof(QueuePieces),
            typeof(RecordPieces), typeof(WirePieces)];

    /// <param name="settings">How to measure.</param>
    /// <param name="only">Part of the names of the groups to measure; empty: all.</param>
    public static Task Run(BenchSettings settings, string only)
    {
        // In this process: a process of its own for each would be built with packages that a machine without a network
        // does not have.
        var job = (settings.Quick ? Job.ShortRun.WithIterationTime(TimeInterval.FromMilliseconds(20)) : Job.ShortRun)
            .WithToolchain(InProcessEmitToolchain.Instance);
        var config = ManualConfig.CreateEmpty()
            .AddJob(job).AddDiagnoser(MemoryDiagnoser.Default).AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(NullLogger.Instance).WithArtifactsPath(settings.Folder);
        Type[] chosen = [.. Pieces.Where(piece => piece.Name.Contains(only, StringComparison.OrdinalIgnoreCase))];
        foreach (var summary in BenchmarkRunner.Run(chosen, config))
            Print(summary);
        return Task.CompletedTask;
    }

    private static void Print(Summary summary)
    {
        Console.WriteLine();
        MarkdownExporter.Console.ExportToLog(summary, ConsoleLogger.Unicode);
        foreach (var error in summary.ValidationErrors.Where(error => error.IsCritical))
            Console.WriteLine(error.Message);
    }
}
