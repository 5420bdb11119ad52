using System.Collections.Immutable;
using Jobtree.Core.Model;
using Jobtree.Simulation.Replay;

namespace Jobtree.Simulation.Subjects;

/// <summary>A job of the trace during its replay: the running attempt and earlier attempts.</summary>
/// <param name="run">Its run in Jobtree.</param>
internal sealed class ReplayedJob(RunKey run)
{
    private readonly List<RunSegment> _segments = new(1);
    private TimeSpan _since;

    /// <summary>The run.</summary>
    public RunKey Run { get; } = run;

    /// <summary>The running attempt; 0: none.</summary>
    public int Attempt { get; private set; }

    /// <summary>Whether it completed.</summary>
    public bool IsDone { get; private set; }

    /// <summary>The funding class of the larger part at the first start.</summary>
    public FundingClass? ClassAtStart { get; private set; }

    /// <summary>The forecast from when it began to wait.</summary>
    public StartForecast? Forecast { get; set; }

    /// <summary>Records that the job received its GPUs.</summary>
    /// <param name="attempt">Its attempt.</param>
    /// <param name="at">The instant.</param>
    /// <param name="paidBy">The funding class of the larger part.</param>
    public void Start(int attempt, TimeSpan at, FundingClass paidBy)
    {
        (Attempt, _since) = (attempt, at);
        ClassAtStart ??= paidBy;
    }

    /// <summary>Records that the job lost its GPUs and all its work: a trace has no checkpoints.</summary>
    /// <param name="at">The instant.</param>
    public void Cut(TimeSpan at)
    {
        if (at > _since)
            _segments.Add(new RunSegment(_since, at, at - _since));
        Attempt = 0;
    }

    /// <summary>Records that the job completed.</summary>
    /// <param name="at">The instant.</param>
    public void End(TimeSpan at)
    {
        _segments.Add(new RunSegment(_since, at));
        (Attempt, IsDone) = (0, true);
    }

    /// <summary>The outcome of the job.</summary>
    public JobOutcome Outcome() =>
        new() { Segments = [.. _segments], ClassAtStart = ClassAtStart, Forecast = Forecast };
}
