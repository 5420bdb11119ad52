using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Reports;

/// <summary>
/// The accuracy of the first forecast of each job that waited. An error is the actual start minus the forecast median.
/// </summary>
/// <param name="JobsWaited">Jobs that ran and did not start at once.</param>
/// <param name="JobsForecast">How many of them had a forecast; the figures below cover these jobs.</param>
/// <param name="AbsoluteErrorMinutes">The absolute errors.</param>
/// <param name="BiasMinutes">The mean error; positive: jobs start later than forecast.</param>
/// <param name="MedianErrorMinutes">The median error.</param>
/// <param name="P90CoverageShare">The share of jobs that started no later than the forecast's 90th percentile; the
/// target is 0.9.</param>
internal sealed record ForecastFigures(
    int JobsWaited, int JobsForecast, Distribution AbsoluteErrorMinutes, double BiasMinutes, double MedianErrorMinutes,
    double P90CoverageShare)
{
    /// <summary>Computes the figures; null if the scheduler made no forecasts.</summary>
    public static ForecastFigures? Of(JobTrace trace, ReplayOutcome outcome)
    {
        var waited = outcome.Jobs.Where((job, index) => job.Ran && job.Start > trace.Jobs[index].Submit).ToList();
        var forecast = waited.Where(job => job.Forecast is not null).ToList();
        if (forecast.Count == 0)
            return null;
        var errors = forecast.Select(job => (job.Start - job.Forecast!.Value.Median).TotalMinutes).Order().ToArray();
        return new ForecastFigures(
            waited.Count,
            forecast.Count,
            Distribution.Of(errors.Select(Math.Abs)),
            errors.Average(),
            Distribution.At(errors, 50),
            (double)forecast.Count(job => job.Start <= job.Forecast!.Value.P90) / forecast.Count);
    }
}
