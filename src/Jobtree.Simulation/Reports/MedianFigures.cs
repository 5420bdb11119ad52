using System.Collections.Immutable;

namespace Jobtree.Simulation.Reports;

/// <summary>
/// The medians of a scheduler's figures over several seeds, each figure by itself. By nearest rank, so that each is a
/// value that occurred.
/// </summary>
/// <param name="figures">The figures of each seed, all of the same scheduler and trace.</param>
internal sealed class MedianFigures(ImmutableArray<SchedulerFigures> figures)
{
    /// <summary>Computes the medians. There is no ledger's head among them: each seed has its own ledger.</summary>
    public SchedulerFigures Figures() => new()
    {
        Name = figures[0].Name,
        JobsCompleted = Whole(one => one.JobsCompleted),
        JobsRefused = Whole(one => one.JobsRefused),
        WaitMinutes = Of(one => one.WaitMinutes),
        WaitMinutesBySize = Of(one => one.WaitMinutesBySize),
        WaitMinutesByUrgency = Of(one => one.WaitMinutesByUrgency),
        WaitMinutesByFundingClass = figures.All(one => one.WaitMinutesByFundingClass is not null)
            ? Of(one => one.WaitMinutesByFundingClass!.Value)
            : null,
        WaitMinutesByCluster = Of(one => one.WaitMinutesByCluster),
        TurnaroundMinutes = Of(one => one.TurnaroundMinutes),
        BoundedSlowdown = Of(one => one.BoundedSlowdown),
        SlowdownSpreadOverClusters = Of(one => one.SlowdownSpreadOverClusters),
        UtilizationArrivalWindowShare = Of(one => one.UtilizationArrivalWindowShare),
        UtilizationUntilDrainedShare = Of(one => one.UtilizationUntilDrainedShare),
        MakespanHours = Of(one => one.MakespanHours),
        Cuts = Whole(one => one.Cuts),
        JobsCut = Whole(one => one.JobsCut),
        LostGpuHours = Of(one => one.LostGpuHours),
        GpuHoursByClass = Of(
            one => one.GpuHoursByClass,
            hours => new GpuHoursByClass(
                At(hours, one => one.Owned), At(hours, one => one.Shared), At(hours, one => one.Borrowed),
                At(hours, one => one.Unfunded))),
        Forecast = Of(one => one.Forecast, Forecasts),
        Fragmentation = Of(
            one => one.Fragmentation,
            idle => new FragmentationFigures(
                At(idle, one => one.StrandedGpusMean), At(idle, one => one.StrandedShareOfIdle))),
        Decisions = (long)Of(one => one.Decisions),
        ElapsedSeconds = Of(one => one.ElapsedSeconds),
        DecisionsPerSecond = Of(one => one.DecisionsPerSecond),
    };

    private static ForecastFigures Forecasts(ImmutableArray<ForecastFigures> all) => new(
        (int)At(all, one => one.JobsWaited),
        (int)At(all, one => one.JobsForecast),
        Distributions([.. all.Select(one => one.AbsoluteErrorMinutes)]),
        At(all, one => one.BiasMinutes),
        At(all, one => one.MedianErrorMinutes),
        At(all, one => one.LongWaitErrorOverMedianWait),
        At(all, one => one.MedianCoverageShare),
        At(all, one => one.P90CoverageShare));

    private static Distribution Distributions(ImmutableArray<Distribution> all) => new(
        (int)At(all, one => one.Count), At(all, one => one.P50), At(all, one => one.P90), At(all, one => one.P99),
        At(all, one => one.Mean), At(all, one => one.Max));

    private static double At<T>(ImmutableArray<T> all, Func<T, double> figure) =>
        Distribution.At([.. all.Select(figure).Order()], 50);

    private double Of(Func<SchedulerFigures, double> figure) => At(figures, figure);

    private int Whole(Func<SchedulerFigures, int> figure) => (int)At(figures, one => figure(one));

    private Distribution Of(Func<SchedulerFigures, Distribution> figure) => Distributions([.. figures.Select(figure)]);

    private ImmutableArray<WaitsOfClass> Of(Func<SchedulerFigures, ImmutableArray<WaitsOfClass>> classes) =>
    [
        .. classes(figures[0]).Select((waits, index) =>
            new WaitsOfClass(waits.Class, Of(one => classes(one)[index].WaitMinutes))),
    ];

    /// <summary>The medians of figures that not every run has; null if none has them.</summary>
    private T? Of<T>(Func<SchedulerFigures, T?> figure, Func<ImmutableArray<T>, T> medians)
        where T : class
    {
        var present = figures.Select(figure).OfType<T>().ToImmutableArray();
        return present.IsEmpty ? null : medians(present);
    }
}
