namespace Jobtree.Telemetry;

/// <summary>Values that are read when they are asked for, such as the state of the fleet.</summary>
public interface IMetricSource
{
    /// <summary>Adds its samples.</summary>
    /// <param name="scrape">Where to.</param>
    /// <param name="cancellation">Stops waiting.</param>
    ValueTask Collect(Scrape scrape, CancellationToken cancellation);
}
