using System.Collections.Immutable;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Reports;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Commands;

/// <summary>
/// One replay from file to report: read the trace, run every scheduler, write the report, print the summary.
/// </summary>
/// <param name="subjects">The schedulers under test; they come first in the report.</param>
/// <param name="baselines">What they are compared with.</param>
internal sealed class ReplaySession(
    ImmutableArray<IReplayScheduler> subjects, ImmutableArray<IReplayScheduler> baselines)
{
    /// <summary>Runs a request.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="output">Takes the summary.</param>
    /// <param name="error">Takes progress and errors.</param>
    /// <returns>0 when the report was written, else 1.</returns>
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

/// <summary>What the command line asked for.</summary>
/// <param name="TracePath">The trace file.</param>
/// <param name="Options">The fleet and the rules.</param>
/// <param name="OutputDirectory">Where the report goes.</param>
/// <param name="WithBaselines">Whether to run the baselines too.</param>
/// <param name="Limit">How many of the first arrivals to replay.</param>
internal sealed record ReplayRequest(
    string TracePath, ReplayOptions Options, string OutputDirectory, bool WithBaselines, int Limit);
