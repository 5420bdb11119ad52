using System.Globalization;
using Jobtree.Silo.Commands;
using Jobtree.Silo.Dashboard;

namespace Jobtree.Silo.Hosting;

/// <summary>What a silo prints once it has started: where it listens, and who has access.</summary>
internal static class StartReport
{
    public static IEnumerable<string> Lines(
        UpSettings settings, ClusterSettings cluster, BoundPorts ports, TimeSpan took)
    {
        var silos = cluster.Certificates is { } certificates
            ? string.Create(CultureInfo.InvariantCulture,
                $"whoever shows a silo's certificate of {certificates.Authority} is trusted, others are refused; this "
                + $"silo's is valid until {certificates.Own.NotAfter.ToUniversalTime():u}")
            : "whoever reaches this port is trusted";
        var clients = settings.Api.AsksForTokens ? "it asks for a token"
            : cluster.Certificates is null ? "whoever reaches this port is an operator; it asks for no token"
            : $"whoever shows a certificate of {cluster.Certificates.Authority} is an operator; it asks for no token";
        if (ports.Silo is { } silo)
            yield return $"Silo {silo} of the cluster {cluster.ClusterId}: {silos}.";
        if (ports.Gateway is { } gateway)
            yield return $"Gateway {gateway}: {clients}.";
        if (ports.Metrics is { } metrics)
            yield return $"Metrics and probes on http://{metrics}: whoever reaches this port can read the metrics of "
                + "all owners; it asks for no token.";
        var scheme = settings.Api.CertificateFile is null ? "http" : "https";
        var entry = !settings.Api.AsksForTokens ? "whoever reaches it is an operator" : "it asks for a token";
        yield return string.Create(CultureInfo.InvariantCulture,
            $"Serving {scheme}://{ports.Api} after {took.TotalMilliseconds:0} ms: {entry}.");
        yield return $"API document: /openapi/v1.json, grains: {DashboardRoutes.Root}. Stop with Ctrl-C.";
    }
}
