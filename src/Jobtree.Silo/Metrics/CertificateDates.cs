using System.Diagnostics.Metrics;
using Jobtree.Api;
using Jobtree.Api.Access;
using Jobtree.Silo.Hosting;
using Jobtree.Telemetry;

namespace Jobtree.Silo.Metrics;

/// <summary>Shows when the certificates of a silo end: from then on other silos, or callers, refuse it.</summary>
internal static class CertificateDates
{
    /// <summary>Registers the series. A silo without certificates has none.</summary>
    /// <param name="metrics">The metrics.</param>
    /// <param name="api">Names the certificate of the API, which is read at the start only.</param>
    /// <param name="silo">The certificate for other silos, which is read again when it changes.</param>
    public static void Show(FleetMetrics metrics, ApiOptions api, SiloCertificates? silo)
    {
        DateTime? served = null;
        if (ServerCertificate.Read(api) is var (certificate, _))
        {
            served = certificate.NotAfter;
            certificate.Dispose();
        }
        if (served is not null || silo is not null)
            metrics.Observe(Catalogue.CertificateExpiry, () => Dates(served, silo?.Own.NotAfter));
    }

    private static IEnumerable<Measurement<double>> Dates(DateTime? api, DateTime? silo)
    {
        if (api is { } served)
            yield return Of(served, "api");
        if (silo is { } own)
            yield return Of(own, "silo");
    }

    private static Measurement<double> Of(DateTime end, string certificate) =>
        Catalogue.CertificateExpiry.Measure(new DateTimeOffset(end).ToUnixTimeSeconds(), certificate);
}
