using Jobtree.Core.Forecasting;

namespace Jobtree.Core.Scheduling;

/// <summary>The order in which the waiting runs of a flavor are served at an instant.</summary>
/// <param name="order">Ranks them.</param>
/// <param name="durations">The durations of past runs.</param>
/// <param name="now">The instant.</param>
public readonly struct Ranking(IServingOrder order, DurationHistory durations, DateTimeOffset now)
    : IComparer<WaitingRun>
{
    /// <summary>The rank of a demand.</summary>
    /// <param name="demand">The demand.</param>
    public double Of(Demand demand)
    {
        var (waited, expected) = TimesOf(demand);
        return order.RankOf(waited, expected);
    }

    /// <summary>Why one demand is served before another, in words.</summary>
    /// <param name="first">The one that is served first.</param>
    /// <param name="then">The other.</param>
    public string WhyFirst(Demand first, Demand then) => Of(first) == Of(then)
        ? "it was submitted before" : order.WhyFirst(TimesOf(first), TimesOf(then));

    private (TimeSpan Waited, TimeSpan Expected) TimesOf(Demand demand)
    {
        var waited = now > demand.SubmittedAt ? now - demand.SubmittedAt : TimeSpan.Zero;
        var expected = durations.Expected(demand);
        return (waited, expected > TimeSpan.Zero ? expected : TimeSpan.FromTicks(1));
    }

    /// <summary>Compares two waiting runs: the one that is served first comes first.</summary>
    /// <param name="left">One run.</param>
    /// <param name="right">The other.</param>
    public int Compare(WaitingRun? left, WaitingRun? right)
    {
        var order = Of(right!.Demand).CompareTo(Of(left!.Demand));
        return order != 0 ? order : WaitingOrder.Compare(left.Demand, right.Demand);
    }
}
