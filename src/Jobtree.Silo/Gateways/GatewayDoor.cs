using System.IO.Pipelines;
using System.Net;
using Jobtree.Api;
using Jobtree.Api.Auditing;
using Jobtree.Grains.Contracts;
using Jobtree.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Jobtree.Silo.Gateways;

/// <summary>
/// Ends the connection of a client that sends what clients may not send. A program that uses <c>JobtreeClient</c> never
/// does, so this is an attack, or a client that calls grains by itself.
/// </summary>
internal sealed partial class GatewayDoor(ClientRules rules, GatewayClients clients, int bodyBytesMax,
    AuditTrail audit, FleetMetrics metrics, ILogger<GatewayDoor> logger)
{
    // The same documents are longer in messages than in requests.
    private const int BodyBytesFactor = 2;

    /// <summary>Stands before everything that Orleans does with a connection.</summary>
    public ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address.ToString();
        var transport = connection.Transport;
        GrainId? client = null;
        connection.Transport = new Checked(
            new ClientReader(transport.Input, rules, bodyBytesMax, Introduced, why => Refuse(address, why)),
            transport.Output);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
            if (client is { } gone && address is not null)
                clients.Remove(gone, address);
        }

        void Introduced(GrainId id)
        {
            client = id;
            if (address is not null)
                clients.Add(id, address);
        }
    };

    public static GatewayDoor Create(IServiceProvider services, IPEndPoint gateway) => new(
        new ClientRules(gateway, services.GetRequiredService<ObjectSerializer>()),
        services.GetRequiredService<GatewayClients>(),
        BodyBytesFactor * services.GetRequiredService<ApiOptions>().BodyBytesMax,
        services.GetRequiredService<AuditTrail>(), services.GetRequiredService<FleetMetrics>(),
        services.GetRequiredService<ILogger<GatewayDoor>>());

    private void Refuse(string? address, string why)
    {
        metrics.Failed("gateway", "refused-client", "warning");
        Refused(address, why);
        _ = audit.RefuseClient(address, why);
    }

    [LoggerMessage(1, LogLevel.Warning,
        "A client of the cluster at {Address} was cut off: {Why}. Clients may only use JobtreeClient.")]
    private partial void Refused(string? address, string why);

    private sealed record Checked(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}

/// <summary>Puts the door into a silo.</summary>
internal static class GatewayDoorHosting
{
    /// <summary>Looks at what clients send, after TLS if there is any.</summary>
    public static ISiloBuilder AddGatewayDoor(this ISiloBuilder silo, IPEndPoint gateway)
    {
        silo.Services.AddSingleton<GatewayClients>()
            .AddSingleton<IClientAddresses>(static services => services.GetRequiredService<GatewayClients>());
        return silo.Configure<SiloConnectionOptions>(connections => connections.ConfigureGatewayInboundConnection(
            connection => connection.Use(GatewayDoor.Create(connection.ApplicationServices, gateway).Around)));
    }
}
