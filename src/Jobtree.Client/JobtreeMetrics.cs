using System.Net;

namespace Jobtree.Client;

/// <summary>The metrics of the client for Prometheus.</summary>
public static class JobtreeMetrics
{
    /// <summary>
    /// The name of the client's meter, for programs that export metrics themselves instead of calling
    /// <see cref="StartServer"/>.
    /// </summary>
    public const string MeterName = "Jobtree.Client";

    /// <summary>
    /// Serves the metrics of every client in this process at <c>/metrics</c>, until the server is disposed of. Calls
    /// that were made before are not counted, so start it first.
    /// </summary>
    /// <param name="port">The port; 0 takes a free one.</param>
    /// <param name="address">The address to listen on; absent: loopback, so that only this machine can reach it. The
    /// server asks for no token: whoever reaches another address can read the metrics.</param>
    /// <param name="meters">Names of other meters to serve too, such as the program's own.</param>
    /// <exception cref="ArgumentOutOfRangeException">The port is not one.</exception>
    /// <exception cref="IOException">The port cannot be bound; the message is one line.</exception>
    public static Task<JobtreeMetricsServer> StartServer(
        int port = 8000, IPAddress? address = null, params string[] meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        if (port is < IPEndPoint.MinPort or > IPEndPoint.MaxPort)
            throw new ArgumentOutOfRangeException(
                nameof(port), port, "The port of the metrics server must be 0, which takes a free one, to 65535.");
        return JobtreeMetricsServer.Start(
            new IPEndPoint(address ?? IPAddress.Loopback, port), [MeterName, .. meters]);
    }
}
