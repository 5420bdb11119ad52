using System.Collections.Immutable;
using Jobtree.Core.Model;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Reports;

/// <summary>Computes the figures of a scheduler from its job outcomes, in the same way for every scheduler.</summary>
/// <param name="trace">The jobs.</param>
/// <param name="options">The fleet.</param>
/// <param name="outcome">The job outcomes.</param>
internal sealed class Measure(JobTrace trace, ReplayOptions options, ReplayOutcome outcome)
{
    private static readonly TimeSpan SlowdownBound = TimeSpan.FromMinutes(10);

    private readonly int[] _ran = [.. Enumerable.Range(0, outcome.Jobs.Length).Where(job => outcome.Jobs[job].Ran)];

    /// <summary>Computes the figures.</summary>
    public SchedulerFigures Figures()
    {
        var makespan = _ran.Length == 0 ? TimeSpan.Zero : _ran.Max(job => outcome.Jobs[job].End);
        return new SchedulerFigures
        {
            Name = outcome.Scheduler,
            JobsCompleted = _ran.Length,
            JobsRefused = outcome.Jobs.Length - _ran.Length,
            WaitMinutes = Waits(_ran),
            WaitMinutesBySize = By(job => SizeClass.Of(trace.Jobs[job].Gpus), SizeClass.All),
            WaitMinutesByUrgency = By(job => trace.Jobs[job].BestEffort ? 1 : 0, ["Strict", "Best effort"]),
            WaitMinutesByFundingClass = ByFundingClass(),
            WaitMinutesByCluster = By(job => trace.ClusterOf[job], trace.Clusters),
            TurnaroundMinutes = Distribution.Of(_ran.Select(job => Turnaround(job).TotalMinutes)),
            BoundedSlowdown = Distribution.Of(_ran.Select(Slowdown)),
            SlowdownSpreadOverClusters = SlowdownSpread(),
            UtilizationArrivalWindowShare = Utilization(trace.ArrivalWindow),
            UtilizationUntilDrainedShare = Utilization(makespan),
            MakespanHours = makespan.TotalHours,
            Cuts = outcome.Jobs.Sum(job => job.Cuts),
            JobsCut = outcome.Jobs.Count(job => job.Cuts > 0),
            LostGpuHours = _ran.Sum(
                job => trace.Jobs[job].Gpus * outcome.Jobs[job].Segments.Sum(segment => segment.Lost.TotalHours)),
            GpuHoursByClass = outcome.GpuHoursByClass is { } split ? GpuHoursByClass.Of(split) : null,
            Forecast = ForecastFigures.Of(trace, outcome),
            Fragmentation = FragmentationFigures.Of(outcome.Observations, trace.ArrivalWindow),
            Decisions = outcome.Decisions,
            LedgerHead = outcome.LedgerHead,
            ElapsedSeconds = outcome.Elapsed.TotalSeconds,
            DecisionsPerSecond = outcome.Elapsed > TimeSpan.Zero ? outcome.Decisions / outcome.Elapsed.TotalSeconds : 0,
        };
    }

    private TimeSpan Turnaround(int job) => outcome.Jobs[job].End - trace.Jobs[job].Submit;

    private double Slowdown(int job)
    {
        var duration = trace.Jobs[job].Duration;
        return Math.Max(1, Turnaround(job) / (duration > SlowdownBound ? duration : SlowdownBound));
    }

    private double SlowdownSpread()
    {
        var means = _ran.GroupBy(job => trace.ClusterOf[job], Slowdown).Select(cluster => cluster.Average()).ToArray();
        return means.Length == 0 ? 0 : means.Max() / means.Min();
    }

    private double Utilization(TimeSpan window)
    {
        if (window <= TimeSpan.Zero)
            return 0;
        var used = _ran.Sum(job =>
            trace.Jobs[job].Gpus * outcome.Jobs[job].Segments.Sum(segment => Within(segment, window).TotalHours));
        return used / (options.FleetGpus * window.TotalHours);
    }

    private static TimeSpan Within(RunSegment segment, TimeSpan window)
    {
        var end = segment.End < window ? segment.End : window;
        return end > segment.Start ? end - segment.Start : TimeSpan.Zero;
    }

    private Distribution Waits(IEnumerable<int> jobs) =>
        Distribution.Of(jobs.Select(job => (outcome.Jobs[job].Start - trace.Jobs[job].Submit).TotalMinutes));

    private ImmutableArray<WaitsOfClass> By(Func<int, int> classOf, IReadOnlyList<string> names)
    {
        var jobs = _ran.ToLookup(classOf);
        return [.. names.Select((name, index) => new WaitsOfClass(name, Waits(jobs[index])))];
    }

    private ImmutableArray<WaitsOfClass>? ByFundingClass() =>
        Array.Exists(_ran, job => outcome.Jobs[job].ClassAtStart is not null)
            ? By(job => (int?)outcome.Jobs[job].ClassAtStart ?? -1, Enum.GetNames<FundingClass>())
            : null;
}
