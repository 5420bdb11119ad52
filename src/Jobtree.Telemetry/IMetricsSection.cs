namespace Jobtree.Telemetry;

/// <summary>
/// A part of the metrics page with series of its own that are not in the catalogue, such as those of a library that the
/// host uses. Its names must not be the catalogue's.
/// </summary>
public interface IMetricsSection
{
    /// <summary>Writes the series in Prometheus' text format, each with its type; lines end with a line feed.</summary>
    /// <param name="to">Where to.</param>
    void Write(TextWriter to);
}
