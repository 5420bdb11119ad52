using Jobtree.Bench.Measuring;

namespace Jobtree.Bench.Http;

/// <summary>What one repeat over HTTP came to.</summary>
/// <param name="PerSecond">Runs admitted per second.</param>
/// <param name="Waiting">Runs that waited at its end.</param>
/// <param name="Latencies">From request to answer, one for each request.</param>
/// <param name="HostMicros">Processor time of the host for each, in microseconds.</param>
/// <param name="ClientMicros">The same of this client.</param>
internal sealed record HttpMeasurement(
    double PerSecond, long Waiting, Latencies Latencies, double HostMicros, double ClientMicros);
