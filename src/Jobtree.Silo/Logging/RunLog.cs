using Jobtree.Actors.Operations;
using Jobtree.Actors.Runs;
using Jobtree.Telemetry;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Logging;

/// <summary>
/// Logs each decision about a run and each end, on the silo of the run's grain, with who asked for it. Above a rate the
/// lines are left out, and one line a second has their number by kind: a busy silo must not spend its time on lines
/// that nobody can read. Cuts, failures and cancellations have a rate of their own, so that starts cannot crowd them
/// out. At the level debug nothing is left out.
/// </summary>
internal sealed partial class RunLog : IDisposable
{
    /// <summary>The most lines a second of decisions and completed runs.</summary>
    public const int DecisionsPerSecond = 20;

    /// <summary>The most lines a second of runs that were cut, failed or were cancelled.</summary>
    public const int StopsPerSecond = 50;

    private static readonly TimeSpan SummaryEvery = TimeSpan.FromSeconds(1);

    private readonly ILogger logger;
    private readonly Askers askers;
    private readonly LineLimit decisions;
    private readonly LineLimit stops;
    private readonly bool isUnlimited;
    private readonly long[] leftOut = new long[Enum.GetValues<RunEventKind>().Length];
    private readonly ITimer timer;

    /// <param name="loggers">Makes the logger.</param>
    /// <param name="askers">Tells who asked for a command.</param>
    /// <param name="time">The clock.</param>
    public RunLog(ILoggerFactory loggers, Askers askers, TimeProvider time)
    {
        logger = loggers.CreateLogger(LogCategories.SchedulerLogger);
        this.askers = askers;
        isUnlimited = logger.IsEnabled(LogLevel.Debug);
        (decisions, stops) = (new LineLimit(DecisionsPerSecond, time), new LineLimit(StopsPerSecond, time));
        timer = time.CreateTimer(static log => ((RunLog)log!).Summarize(), this, SummaryEvery, SummaryEvery);
    }

    /// <summary>Logs a record, if it is one to log.</summary>
    /// <param name="before">The record before; null: none.</param>
    /// <param name="after">The record.</param>
    public void Recorded(RunRecord? before, RunRecord after)
    {
        if (!logger.IsEnabled(LogLevel.Information))
            return;
        var kind = RunEventKinds.Of(before, after);
        if (kind == RunEventKind.None)
            return;
        if (isUnlimited || (RunEventKinds.IsStop(kind) ? stops : decisions).Take())
            Write(kind, before, after);
        else
            Interlocked.Increment(ref leftOut[(int)kind]);
    }

    public void Dispose()
    {
        timer.Dispose();
        Summarize();
    }

    private void Write(RunEventKind kind, RunRecord? before, RunRecord run)
    {
        var key = run.Key.ToString();
        var flavor = run.Spec.Resources.GpuType;
        var trace = run.TraceParent ?? TraceParent.Of(run.Key, run.SubmitOperation);
        var submitter = askers.Of(run.SubmitOperation);
        switch (kind)
        {
            case RunEventKind.Bound:
                RunBound(logger, key, run.Gpus, flavor, run.Attempt, submitter, trace);
                break;
            case RunEventKind.Started:
                RunStarted(logger, key, Seconds(run.StartedAt - before!.PhaseSince), run.Gpus, flavor, run.Attempt,
                    submitter, trace);
                break;
            case RunEventKind.Reserved:
                RunReserved(logger, key, run.Spec.Resources.TotalGPUs, flavor, submitter, trace);
                break;
            case RunEventKind.Waiting:
                RunWaiting(logger, key, run.Spec.Resources.TotalGPUs, flavor, submitter, trace);
                break;
            case RunEventKind.Refused:
                RunRefused(logger, key, flavor, submitter, run.Message, trace);
                break;
            case RunEventKind.Cut:
                RunCut(logger, key, before!.Gpus, flavor, run.Attempt, run.Reason, run.Message, trace);
                break;
            default:
                RunEnded(logger, key, kind.ToString().ToLowerInvariant(), Seconds(run.FinishedAt - run.StartedAt),
                    flavor, run.Attempt, EndedBy(run), run.Message ?? "no message.", trace);
                break;
        }
    }

    private string EndedBy(RunRecord run) => run.EndOperation switch
    {
        null or "" => "its flavor",
        var operation when operation == CompletionReport.OfExit(run.Key, run.Attempt, true, null).Operation =>
            Askers.Executor,
        var operation => askers.Of(operation),
    };

    private static double Seconds(TimeSpan? time) => Math.Round(time?.TotalSeconds ?? 0, 3);

    private void Summarize()
    {
        var counts = new List<string>();
        var sum = 0L;
        foreach (var kind in Enum.GetValues<RunEventKind>())
        {
            if (Interlocked.Exchange(ref leftOut[(int)kind], 0) is var count and > 0)
            {
                counts.Add($"{count} {kind.ToString().ToLowerInvariant()}");
                sum += count;
            }
        }
        if (sum > 0)
            LinesLeftOut(logger, sum, string.Join(", ", counts));
    }

    [LoggerMessage(100, LogLevel.Information,
        "{Run} is bound: {Gpus} x {Flavor}, attempt {Attempt}. Submitted by {Caller}.")]
    private static partial void RunBound(
        ILogger logger, string run, int gpus, string flavor, int attempt, string caller, string trace);

    [LoggerMessage(101, LogLevel.Information,
        "{Run} starts after {WaitedSeconds} s: {Gpus} x {Flavor}, attempt {Attempt}. Submitted by {Caller}.")]
    private static partial void RunStarted(ILogger logger, string run, double waitedSeconds, int gpus, string flavor,
        int attempt, string caller, string trace);

    [LoggerMessage(102, LogLevel.Information,
        "{Run} is reserved: it asks for {Gpus} x {Flavor}. Submitted by {Caller}.")]
    private static partial void RunReserved(
        ILogger logger, string run, int gpus, string flavor, string caller, string trace);

    [LoggerMessage(103, LogLevel.Information,
        "{Run} waits: it asks for {Gpus} x {Flavor}. Submitted by {Caller}.")]
    private static partial void RunWaiting(
        ILogger logger, string run, int gpus, string flavor, string caller, string trace);

    [LoggerMessage(104, LogLevel.Information, "{Run} is refused by {Flavor}: {Reason} Submitted by {Caller}.")]
    private static partial void RunRefused(
        ILogger logger, string run, string flavor, string caller, string? reason, string trace);

    [LoggerMessage(105, LogLevel.Information,
        "{Run} is cut, attempt {Attempt}, {Gpus} x {Flavor} ({Reason}): {Detail}")]
    private static partial void RunCut(ILogger logger, string run, int gpus, string flavor, int attempt, string reason,
        string? detail, string trace);

    [LoggerMessage(106, LogLevel.Information,
        "{Run} {Outcome} after {Seconds} s in {Flavor}, attempt {Attempt}, as {Caller} said: {Detail}")]
    private static partial void RunEnded(ILogger logger, string run, string outcome, double seconds, string flavor,
        int attempt, string caller, string detail, string trace);

    [LoggerMessage(107, LogLevel.Information,
        "{Count} more decisions of the last second are not listed: {Kinds}. --log-level debug lists all.")]
    private static partial void LinesLeftOut(ILogger logger, long count, string kinds);
}
