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
/// <param name="LongWaitErrorOverMedianWait">The median absolute error of the jobs that waited more than 10 minutes,
/// over the median wait of these jobs; 0 if none did.</param>
/// <param name="MedianCoverageShare">The share of jobs that started no later than the forecast median; the target is
/// 0.5.</param>
/// <param name="P90CoverageShare">The share of jobs that started no later than the forecast's 90th percentile; the
/// target is 0.9.</param>
internal sealed record ForecastFigures(
    int JobsWaited, int JobsForecast, Distribution AbsoluteErrorMinutes, double BiasMinutes, double MedianErrorMinutes,
    double LongWaitErrorOverMedianWait, double MedianCoverageShare, double P90CoverageShare)
{
    private static readonly TimeSpan LongWait = TimeSpan.FromMinutes(10);

    /// <summary>Computes the figures; null if the scheduler made no forecasts.</summary>
    public static ForecastFigures? Of(JobTrace trace, ReplayOutcome outcome)
    {
        var waited = outcome.Jobs.Where((job, index) => job.Ran && job.Start > trace.Jobs[index].Submit).ToList();
        var forecast = waited.Where(job => job.Forecast is not null).ToList();
        var waitedLong = forecast.Where(job => job.Start - job.Forecast!.Value.MadeAt > LongWait).ToList();
        if (forecast.Count == 0)
            return null;
        var errors = forecast.Select(Error).Order().ToArray();
        return new ForecastFigures(
            waited.Count,
            forecast.Count,
            Distribution.Of(errors.Select(Math.Abs)),
            errors.Average(),
            Distribution.At(errors, 50),
            waitedLong.Count == 0 ? 0
                : Distribution.Of(waitedLong.Select(Error).Select(Math.Abs)).P50
                    / Distribution.Of(waitedLong.Select(Wait)).P50,
            (double)forecast.Count(job => job.Start <= job.Forecast!.Value.Median) / forecast.Count,
            (double)forecast.Count(job => job.Start <= job.Forecast!.Value.P90) / forecast.Count);
    }

    private static double Wait(JobOutcome job) => (job.Start - job.Forecast!.Value.MadeAt).TotalMinutes;

    private static double Error(JobOutcome job) => (job.Start - job.Forecast!.Value.Median).TotalMinutes;
}
