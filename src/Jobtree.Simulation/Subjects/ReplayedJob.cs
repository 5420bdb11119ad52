using System.Collections.Immutable;
using Jobtree.Core.Model;
using Jobtree.Simulation.Replay;

namespace Jobtree.Simulation.Subjects;

/// <summary>A job of the trace while it is replayed: the attempt that runs, and those before it.</summary>
/// <param name="run">The run that it is in Jobtree.</param>
internal sealed class ReplayedJob(RunKey run)
{
    private readonly List<RunSegment> _segments = new(1);
    private TimeSpan _since;

    /// <summary>The run.</summary>
    public RunKey Run { get; } = run;

    /// <summary>The attempt that runs; 0: none does.</summary>
    public int Attempt { get; private set; }

    /// <summary>Whether it ran to its end.</summary>
    public bool IsDone { get; private set; }

    /// <summary>How the larger part of it was paid for at its first start.</summary>
    public FundingClass? ClassAtStart { get; private set; }

    /// <summary>The forecast that it got when it began to wait.</summary>
    public StartForecast? Forecast { get; set; }

    /// <summary>It gets its GPUs.</summary>
    /// <param name="attempt">Its attempt.</param>
    /// <param name="at">When.</param>
    /// <param name="paidBy">How the larger part is paid for.</param>
    public void Start(int attempt, TimeSpan at, FundingClass paidBy)
    {
        (Attempt, _since) = (attempt, at);
        ClassAtStart ??= paidBy;
    }

    /// <summary>It loses its GPUs and all its work: a trace has no checkpoints.</summary>
    /// <param name="at">When.</param>
    public void Cut(TimeSpan at)
    {
        if (at > _since)
            _segments.Add(new RunSegment(_since, at, at - _since));
        Attempt = 0;
    }

    /// <summary>It is done.</summary>
    /// <param name="at">When.</param>
    public void End(TimeSpan at)
    {
        _segments.Add(new RunSegment(_since, at));
        (Attempt, IsDone) = (0, true);
    }

    /// <summary>What became of it.</summary>
    public JobOutcome Outcome() =>
        new() { Segments = [.. _segments], ClassAtStart = ClassAtStart, Forecast = Forecast };
}
