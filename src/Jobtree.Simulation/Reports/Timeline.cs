using System.Collections.Immutable;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Reports;

/// <summary>GPUs in use and waiting jobs over time, as exact means over steps of equal length.</summary>
/// <param name="Step">The length of a step.</param>
/// <param name="UsedGpus">GPUs in use, one mean per step.</param>
/// <param name="QueuedJobs">Waiting jobs, one mean per step.</param>
/// <param name="QueuedGpus">GPUs that waiting jobs request, one mean per step.</param>
internal sealed record Timeline(
    TimeSpan Step, ImmutableArray<double> UsedGpus, ImmutableArray<double> QueuedJobs,
    ImmutableArray<double> QueuedGpus)
{
    private static readonly TimeSpan[] Steps =
    [
        TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10),
        TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1), TimeSpan.FromHours(2), TimeSpan.FromHours(6),
        TimeSpan.FromDays(1), TimeSpan.FromDays(7), TimeSpan.FromDays(28),
    ];

    /// <summary>A round step that divides a span into at most about 500 parts.</summary>
    public static TimeSpan StepFor(TimeSpan span) =>
        Steps.Cast<TimeSpan?>().FirstOrDefault(step => span / step!.Value <= 500) ?? span / 500;

    /// <summary>Computes the timeline of a scheduler.</summary>
    /// <param name="trace">The jobs.</param>
    /// <param name="outcome">The outcomes of the jobs.</param>
    /// <param name="span">The time to cover, from the trace's start.</param>
    /// <param name="step">The length of a step.</param>
    public static Timeline Of(JobTrace trace, ReplayOutcome outcome, TimeSpan span, TimeSpan step)
    {
        var count = Math.Max(1, (int)Math.Ceiling(span / step));
        var used = new double[count];
        var jobs = new double[count];
        var gpus = new double[count];
        for (var index = 0; index < outcome.Jobs.Length; index++)
        {
            var width = trace.Jobs[index].Gpus;
            var queuedFrom = trace.Jobs[index].Submit;
            foreach (var segment in outcome.Jobs[index].Segments)
            {
                Add(jobs, step, queuedFrom, segment.Start, 1);
                Add(gpus, step, queuedFrom, segment.Start, width);
                Add(used, step, segment.Start, segment.End, width);
                queuedFrom = segment.End;
            }
        }

        return new Timeline(step, [.. used], [.. jobs], [.. gpus]);
    }

    /// <summary>
    /// Adds an amount that applies from one instant to another, spread over the steps that it overlaps.
    /// </summary>
    private static void Add(double[] means, TimeSpan step, TimeSpan from, TimeSpan to, double amount)
    {
        for (var index = (int)(from / step); from < to && index < means.Length; index++)
        {
            var edge = step * (index + 1);
            var end = edge < to ? edge : to;
            means[index] += amount * ((end - from) / step);
            from = end;
        }
    }
}
