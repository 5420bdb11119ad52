using System.Collections.Immutable;
using Jobtree.Core.Scheduling;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Reports;
using Jobtree.Simulation.Traces;
using Jobtree.Simulation.Traces.Formats;

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
            var trace = TraceReader.Read(request.TracePath, format: request.Format).First(request.Limit);
            var options = request.OptionsFor(trace);
            if (ReplayRequest.Problem(options) is { } problem)
            {
                error.WriteLine(problem);
                return 1;
            }

            var entries = ReplayEntry.Of(
                subjects, request.Orders, request.WithBaselines ? baselines : [], options, request.Seeds);
            if (entries.IsEmpty)
            {
                error.WriteLine("Nothing to run: leave --no-baselines out.");
                return 1;
            }

            var outcomes = ProgressDisplay.For(error).Run(entries, trace);
            var report = ReplayReport.Of(trace, options, outcomes);
            var page = ReportFiles.Write(
                request.OutputDirectory, trace, report, [.. outcomes.Select(one => one.Middle)]);
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
    string TracePath, ReplayOptions Options, string OutputDirectory, bool WithBaselines, int Limit)
{
    private const int GpusMax = 4_000_000;

    /// <summary>The format of the trace; null: told by its first line.</summary>
    public ITraceFormat? Format { get; init; }

    /// <summary>The number of nodes, if one was asked for.</summary>
    public int? Nodes { get; init; }

    /// <summary>What schedulers know about durations, if that was asked for.</summary>
    public DurationKnowledge? Estimates { get; init; }

    /// <summary>How many seeds run, from the options' on.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>The orders that are compared; the first is the main one.</summary>
    public required ImmutableArray<ServingOrder> Orders { get; init; }

    /// <summary>
    /// The options for a trace. Unless asked for otherwise, the fleet is as large as the traced machine, if the trace
    /// tells that, and durations are known as far as the trace states them.
    /// </summary>
    /// <param name="trace">The trace.</param>
    public ReplayOptions OptionsFor(JobTrace trace) => Options with
    {
        Nodes = Nodes ?? (trace.Origin.MachineGpus is { } gpus
            ? (int)(((long)gpus + Options.GpusPerNode - 1) / Options.GpusPerNode)
            : Options.Nodes),
        Estimates = Estimates ?? (trace.StatesDurations ? DurationKnowledge.Stated : DurationKnowledge.History),
    };

    /// <summary>Why options cannot be replayed; null if they can.</summary>
    /// <param name="options">The options for the trace.</param>
    public static string? Problem(ReplayOptions options) => (long)options.Nodes * options.GpusPerNode > GpusMax
        ? $"--nodes times --gpus-per-node must be at most {GpusMax} GPUs; they are {options.Nodes} and "
            + $"{options.GpusPerNode}."
        : null;
}
