namespace Jobtree.Telemetry;

/// <summary>How an instrument's values behave.</summary>
public enum InstrumentType
{
    /// <summary>Only ever grows.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Counts observations in buckets, with their sum.</summary>
    Histogram,
}
