using System.Collections.Immutable;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Reports;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Commands;

/// <summary>
/// One replay from file to report: reads the trace, runs every scheduler, writes the report and prints the summary.
/// </summary>
/// <param name="subjects">The schedulers under test; they come first in the report.</param>
/// <param name="baselines">The schedulers for comparison.</param>
internal sealed class ReplaySession(
    ImmutableArray<IReplayScheduler> subjects, ImmutableArray<IReplayScheduler> baselines)
{
    /// <summary>Runs a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="output">Receives the summary.</param>
    /// <param name="error">Receives progress and errors.</param>
    /// <returns>0 if the report was written, otherwise 1.</returns>
    public int Run(ReplayRequest request, TextWriter output, TextWriter error)
    {
        try
        {
            var trace = TraceReader.Read(request.TracePath).First(request.Limit);
            var schedulers = request.WithBaselines ? subjects.AddRange(baselines) : subjects;
            if (schedulers.IsEmpty)
            {
                error.WriteLine("Nothing to run: leave --no-baselines out.");
                return 1;
            }

            var outcomes = ProgressDisplay.For(error).Run(schedulers, trace, request.Options);
            var report = ReplayReport.Of(trace, request.Options, outcomes);
            var page = ReportFiles.Write(request.OutputDirectory, trace, report, outcomes);
            SummaryTable.Write(report, output);
            output.WriteLine($"Report: {page}");
            return 0;
        }
        catch (Exception fault) when (fault is TraceFormatException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine(fault.Message);
            return 1;
        }
    }
}

/// <summary>The request from the command line.</summary>
/// <param name="TracePath">The trace file.</param>
/// <param name="Options">The fleet and the replay rules.</param>
/// <param name="OutputDirectory">The folder for the report.</param>
/// <param name="WithBaselines">Whether to run the baselines as well.</param>
/// <param name="Limit">How many of the first arrivals to replay.</param>
internal sealed record ReplayRequest(
    string TracePath, ReplayOptions Options, string OutputDirectory, bool WithBaselines, int Limit);
