using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Forecasting;

/// <summary>
/// What some waiting runs ask for: their GPUs, and the GPU-time that they state. Sums are exact, so they do not depend
/// on the order in which runs came and went.
/// </summary>
/// <param name="Gpus">GPUs, with spares.</param>
/// <param name="StatedTicks">GPUs times stated duration in ticks, of those that state it.</param>
/// <param name="UnstatedGpus">GPUs of those that do not.</param>
internal readonly record struct QueuedWork(long Gpus, Int128 StatedTicks, long UnstatedGpus)
{
    /// <summary>The sum with one more run.</summary>
    public QueuedWork With(Demand demand) => Plus(demand, 1);

    /// <summary>The sum without one of its runs.</summary>
    public QueuedWork Without(Demand demand) => Plus(demand, -1);

    /// <summary>The GPU-time in ticks, where those that state no duration take a given one.</summary>
    public double Ticks(TimeSpan unstated) => (double)StatedTicks + ((double)UnstatedGpus * unstated.Ticks);

    /// <summary>The difference of two sums.</summary>
    public static QueuedWork operator -(QueuedWork all, QueuedWork part) => new(
        all.Gpus - part.Gpus, all.StatedTicks - part.StatedTicks, all.UnstatedGpus - part.UnstatedGpus);

    private QueuedWork Plus(Demand demand, int sign)
    {
        var gpus = sign * demand.GpusWithSpares();
        return demand.ExpectedDuration is { } stated
            ? this with { Gpus = Gpus + gpus, StatedTicks = StatedTicks + ((Int128)gpus * stated.Ticks) }
            : this with { Gpus = Gpus + gpus, UnstatedGpus = UnstatedGpus + gpus };
    }
}
