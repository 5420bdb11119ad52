using Microsoft.AspNetCore.Http;

namespace Jobtree.Api.Observing;

/// <summary>
/// What a host provides so that <c>/metrics</c> has something to show: an exporter of the meter
/// <see cref="Telemetry.FleetMetrics.MeterName"/> and whatever else it wants. The API checks who asks, and has the
/// fleet's state read before.
/// </summary>
public interface IMetricsPage
{
    /// <summary>Writes the page, its status and its media type.</summary>
    /// <param name="http">The request.</param>
    Task Write(HttpContext http);
}
