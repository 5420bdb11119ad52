using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Observing;

/// <summary>
/// The exporter that a host provides for <c>/metrics</c>: it shows the meter
/// <see cref="Telemetry.FleetMetrics.MeterName"/> and any others. Before each call the API checks access and reads the
/// fleet's state.
/// </summary>
public interface IMetricsPage
{
    /// <summary>Writes the page with its status and media type.</summary>
    /// <param name="http">The request.</param>
    Task Write(HttpContext http);
}
