using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>A run in the queue of a flavor.</summary>
/// <param name="demand">What it asks for.</param>
/// <param name="since">When it began to wait.</param>
public sealed class WaitingRun(Demand demand, DateTimeOffset since)
{
    /// <summary>What it asks for.</summary>
    public Demand Demand { get; } = demand;

    /// <summary>When it began to wait.</summary>
    public DateTimeOffset Since { get; } = since;

    /// <summary>Its reservation, while it has one.</summary>
    public Reservation? Reservation { get; internal set; }

    /// <summary>The forecast of its start made when it began to wait: what its real start is measured against.</summary>
    public RunEta? Forecast { get; internal set; }

    /// <summary>The wait behind <see cref="Forecast"/>, before it was stretched by past errors.</summary>
    public TimeSpan ForecastBaseline { get; internal set; }

    internal WaitingClass Class { get; set; } = null!;
}
