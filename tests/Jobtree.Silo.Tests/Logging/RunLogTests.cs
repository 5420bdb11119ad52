using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Silo.Logging;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Tests.Logging;

/// <summary>What a silo logs of its decisions, and how much of it.</summary>
public sealed class RunLogTests
{
    private const int Runs = 5_000;

    private static readonly DateTimeOffset Noon = new(2026, 11, 26, 12, 0, 0, default);
    private readonly FakeTimeProvider time = new(Noon);

    [Fact]
    public void Each_decision_is_a_line_that_says_who_asked()
    {
        var log = new LogListener(LogLevel.Information);
        using (var runs = Open(log))
        {
            var submitted = Submitted("ann/op-1");
            var bound = submitted with { IsDecided = true, Phase = RunPhase.Running, Attempt = 1, Gpus = 4,
                StartedAt = Noon };
            runs.Recorded(null, submitted);
            runs.Recorded(submitted, bound);
            runs.Recorded(bound, bound with { Phase = RunPhase.Pending, Gpus = 0, Reason = "ReclaimUnfunded",
                Message = "Cut so that default/b could start." });
            runs.Recorded(bound, bound with { Phase = RunPhase.Failed, Gpus = 0, Reason = "Cancelled",
                EndOperation = "bob/op-2", FinishedAt = Noon.AddSeconds(90), Message = "Cancelled on request." });
            runs.Recorded(bound, bound with { Phase = RunPhase.Completed, Gpus = 0, FinishedAt = Noon.AddSeconds(5),
                EndOperation = "exit/default/a/1" });
            var reserved = submitted with { IsDecided = true, Phase = RunPhase.Reserved, PhaseSince = Noon };
            runs.Recorded(submitted, reserved);
            runs.Recorded(reserved, reserved with { Version = 9 });
            runs.Recorded(reserved, bound with { StartedAt = Noon.AddSeconds(12) });
        }
        Assert.Equal(
            [
                ("RunBound", "default/a is bound: 4 x H100, attempt 1. Submitted by ann."),
                ("RunCut", "default/a is cut, attempt 1, 4 x H100 (ReclaimUnfunded): "
                    + "Cut so that default/b could start."),
                ("RunEnded", "default/a cancelled after 90 s in H100, attempt 1, as bob said: Cancelled on request."),
                ("RunEnded", "default/a completed after 5 s in H100, attempt 1, as the executor said: no message."),
                ("RunReserved", "default/a is reserved: it asks for 4 x H100. Submitted by ann."),
                ("RunStarted", "default/a starts after 12 s: 4 x H100, attempt 1. Submitted by ann."),
            ],
            log.Lines);
    }

    [Fact]
    public void Above_the_rate_lines_are_counted_instead_and_stops_are_not_crowded_out()
    {
        var log = new LogListener(LogLevel.Information);
        using var runs = Open(log);
        var submitted = Submitted("op");
        var bound = submitted with { IsDecided = true, Phase = RunPhase.Running, Attempt = 1, Gpus = 4,
            StartedAt = Noon };
        var failed = bound with { Phase = RunPhase.Failed, Gpus = 0, Reason = "RunFailed", FinishedAt = Noon };
        Parallel.For(0, Runs, _ => runs.Recorded(submitted, bound));
        runs.Recorded(bound, failed);
        Assert.Equal((RunLog.DecisionsPerSecond, 1), (Count(log, "RunBound"), Count(log, "RunEnded")));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal($"{Runs - RunLog.DecisionsPerSecond} more decisions of the last second are not listed: "
            + $"{Runs - RunLog.DecisionsPerSecond} bound. --log-level debug lists all.", log.Lines[^1].Message);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(1, Count(log, "LinesLeftOut"));
        runs.Recorded(submitted, bound);
        Assert.Equal(RunLog.DecisionsPerSecond + 1, Count(log, "RunBound"));
    }

    [Theory]
    [InlineData(LogLevel.Debug, Runs)]
    [InlineData(LogLevel.Warning, 0)]
    public void At_debug_every_decision_is_there_and_above_info_none(LogLevel level, int lines)
    {
        var log = new LogListener(level);
        using (var runs = Open(log))
        {
            var submitted = Submitted("op");
            for (var i = 0; i < Runs; i++)
                runs.Recorded(submitted, submitted with { IsDecided = true });
        }
        Assert.Equal(lines, log.Lines.Count);
    }

    private RunLog Open(LogListener log) => new(LoggerFactory.Create(
        logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log)), new Askers(hasTokens: true), time);

    private static int Count(LogListener log, string name) => log.Lines.Count(line => line.Event == name);

    private static RunRecord Submitted(string operation) => new()
    {
        Key = new RunKey("default", "a"),
        Spec = new RunSpec { Owner = "org:ai", Resources = new Resources { GpuType = "H100", TotalGPUs = 4 } },
        Owner = "org:ai",
        SubmitOperation = operation,
        SubmittedAt = Noon,
        PhaseSince = Noon,
    };
}
