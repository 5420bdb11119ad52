using Jobtree.Api;
using Jobtree.Api.Requests;
using Jobtree.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace Jobtree.Silo.Gateways;

/// <summary>
/// Bounds the connections of the gateway and of the port between silos: in all, from one address, and in the time that
/// they may be silent. The ports share the descriptors of the process with the API's.
/// </summary>
internal static class ConnectionBounds
{
    /// <summary>The eighths of the descriptors for connections that are left to the API's port and the one for
    /// metrics.</summary>
    public const int ApiEighths = 5;

    private const int GatewayEighths = 2;
    private const int SiloEighths = 1;
    // Silos keep one connection to each other silo; one that starts again and again leaves some behind for a while.
    private const int SilosMax = 1024;

    /// <summary>Counts connections; call it before TLS is configured.</summary>
    public static ISiloBuilder BoundConnections(this ISiloBuilder silo) =>
        silo.Configure<SiloConnectionOptions>(connections =>
        {
            connections.ConfigureGatewayInboundConnection(connection => connection.Use(Limit("gateway",
                connection.ApplicationServices.GetRequiredService<ApiOptions>().ConnectionsMax, GatewayEighths,
                connection.ApplicationServices).Around));
            connections.ConfigureSiloInboundConnection(connection => connection.Use(
                Limit("silo", SilosMax, SiloEighths, connection.ApplicationServices).Around));
        });

    /// <summary>Closes connections that stay silent; call it after TLS is configured.</summary>
    public static ISiloBuilder AwaitIntroductions(this ISiloBuilder silo) =>
        silo.Configure<SiloConnectionOptions>(connections =>
        {
            connections.ConfigureGatewayInboundConnection(connection => connection.Use(
                Introduction("gateway", connection.ApplicationServices).Around));
            connections.ConfigureSiloInboundConnection(connection => connection.Use(
                Introduction("silo", connection.ApplicationServices).Around));
        });

    private static ConnectionLimit Limit(string port, int wanted, int eighths, IServiceProvider services) => new(
        port, ConnectionLimit.WithinDescriptors(wanted, ConnectionLimit.Limits(), eighths),
        services.GetRequiredService<FleetMetrics>());

    private static Introduction Introduction(string port, IServiceProvider services) => new(
        port, services.GetRequiredService<FleetMetrics>(), services.GetRequiredService<TimeProvider>());
}
