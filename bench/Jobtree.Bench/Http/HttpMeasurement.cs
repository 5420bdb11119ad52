using Jobtree.Bench.Measuring;

namespace Jobtree.Bench.Http;

/// <summary>What one repeat over HTTP came to.</summary>
/// <param name="PerSecond">Runs admitted per second.</param>
/// <param name="Waiting">Runs that waited at its end.</param>
/// <param name="Latencies">From request to answer, one for each request.</param>
/// <param name="HostCores">Processors that the host kept busy.</param>
/// <param name="AllCores">Processors that the host and this client kept busy.</param>
internal sealed record HttpMeasurement(double PerSecond, long Waiting, Latencies Latencies, string HostCores, string AllCores);
