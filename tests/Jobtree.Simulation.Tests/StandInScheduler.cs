using System.Collections.Immutable;
using Jobtree.Core.Model;
using Jobtree.Simulation.Baselines;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Tests;

/// <summary>
/// Has all that a report can show: EASY's starts, dressed with forecasts, classes, cuts and looks at the fleet from a
/// seed.
/// </summary>
internal sealed class StandInScheduler(string name = "Stand-in") : IReplayScheduler
{
    public string Name => name;

    public ReplayOutcome Run(JobTrace trace, ReplayOptions options, IProgress<double> progress)
    {
        var random = new Random(7);
        var plain = BaselineScheduler.All[0].Run(trace, options, progress);
        var jobs = plain.Jobs.Select((job, index) => job.Ran ? Dress(job, trace.Jobs[index], random) : job)
            .ToImmutableArray();
        var hours = jobs.Select((job, index) => default(ClassSplit)
            .Plus(job.ClassAtStart ?? FundingClass.Unfunded, trace.Jobs[index].GpuHours))
            .Aggregate((left, right) => left + right);
        return plain with { Scheduler = name, Jobs = jobs, Observations = [.. Looks(trace, jobs, options)],
            GpuHoursByClass = hours };
    }

    private static JobOutcome Dress(JobOutcome job, TraceJob of, Random random)
    {
        var wait = job.Start - of.Submit;
        var median = of.Submit + (wait * (0.6 + (random.NextDouble() * 0.9)));
        var cut = random.Next(200) == 0;
        return job with
        {
            ClassAtStart = (FundingClass)random.Next(4),
            Forecast = wait > TimeSpan.Zero ? new StartForecast(
                of.Submit, median, median + (wait * 0.3) + TimeSpan.FromMinutes(5)) : null,
            Segments = cut
                ? [new RunSegment(job.Start, job.Start + (of.Duration / 2), of.Duration / 4),
                    new RunSegment(job.Start + of.Duration, job.Start + (of.Duration * 1.75))]
                : job.Segments,
        };
    }

    private static IEnumerable<FleetObservation> Looks(
        JobTrace trace, ImmutableArray<JobOutcome> jobs, ReplayOptions options)
    {
        var step = TimeSpan.FromMinutes(30);
        var changes = jobs.SelectMany((job, index) =>
            job.Segments.SelectMany(segment => (IEnumerable<(TimeSpan At, FundingClass Class, int Gpus)>)
            [(segment.Start, job.ClassAtStart!.Value, trace.Jobs[index].Gpus),
                (segment.End, job.ClassAtStart!.Value, -trace.Jobs[index].Gpus)]));
        var split = default(ClassSplit);
        foreach (var slice in changes.GroupBy(change => (int)(change.At / step)).OrderBy(slice => slice.Key))
        {
            split = slice.Aggregate(split, (sum, change) => sum.Plus(change.Class, change.Gpus));
            var idle = Math.Max(0, options.FleetGpus - (int)split.Total());
            yield return new FleetObservation(
                step * (slice.Key + 1), idle, Math.Min(idle, 40 + (int)(20 * Math.Sin(slice.Key / 10.0))), split);
        }
    }
}
