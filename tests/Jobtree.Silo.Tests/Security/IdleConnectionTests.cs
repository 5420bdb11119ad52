using System.Net;
using System.Net.Sockets;
using Jobtree.Client;
using Jobtree.Actors.Operations;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Silo.Tests.Servers;

namespace Jobtree.Silo.Tests.Security;

/// <summary>Connections to the ports of the cluster that say nothing, from another address than honest ones.</summary>
public sealed class IdleConnectionTests : IDisposable
{
    private static readonly IPAddress Elsewhere = IPAddress.Parse("127.0.0.2");

    private readonly TestFolder folder = new();
    private readonly List<Socket> idle = [];

    public void Dispose()
    {
        idle.ForEach(socket => socket.Dispose());
        folder.Dispose();
    }

    [Fact]
    public async Task Two_thousand_of_them_at_the_gateway_keep_nobody_out_and_are_closed()
    {
        var (silo, address) = await HostProcess.Serve(folder.Of("data"), "--empty", "--gateway-port", "0",
            "--connections-max", "400");
        using var running = silo;
        using var http = new FleetClient(address);
        var gateway = ClusterProgram.GatewayOf(silo);
        for (var i = 0; i < 2000; i++)
            await Connect(gateway);
        await using var client = await ClusterProgram.Connect(silo);
        await IsServed(client);
        Assert.Equal(HttpStatusCode.OK, await http.Status("/readyz"));
        // All but the hundred of one address were closed at once, and the hundred when they had said nothing.
        foreach (var socket in idle)
            Assert.True(await IsClosed(socket));
        Assert.Equal((1900, 100), await Counted(http, "gateway"));
        // An honest one that is silent after its introduction stays.
        await IsServed(client);
    }

    [RedisFact]
    public async Task Those_between_silos_are_bounded_as_well()
    {
        await using var redis = await RedisServer.Begin();
        var (silo, address) = await HostProcess.ServeSilo(
            ["--redis", redis.Endpoint, "--silo-port", "0", "--gateway-port", "0", "--state-folder", folder.Of("s")]);
        using var running = silo;
        using var http = new FleetClient(address);
        var gateway = ClusterProgram.GatewayOf(silo);
        var port = ListeningPorts.Of(silo.Id).Single(port => port != address.Port && port != gateway);
        for (var i = 0; i < 300; i++)
            await Connect(port);
        Assert.Equal(HttpStatusCode.OK, await http.Status("/readyz"));
        foreach (var socket in idle)
            Assert.True(await IsClosed(socket));
        Assert.Equal((44, 256), await Counted(http, "silo"));
    }

    /// <summary>A busy machine may keep a client waiting for longer than it waits.</summary>
    private static Task IsServed(ClusterProgram client) => Eventually.Holds(async () =>
    {
        try
        {
            return (await client.Fleet.Operations.ListNodes(new NodeQuery())).Value is { Items: [] };
        }
        catch (TimeoutException)
        {
            return false;
        }
    });

    private async Task Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        idle.Add(socket);
        socket.Bind(new IPEndPoint(Elsewhere, 0));
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
        }
        catch (SocketException closed) when (closed.SocketErrorCode == SocketError.ConnectionReset)
        {
            // It was accepted and closed before this was told that it is open.
        }
    }

    private static async Task<bool> IsClosed(Socket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            // A silo introduces itself without being asked.
            while (await socket.ReceiveAsync(new byte[1024], SocketFlags.None, patience.Token) > 0)
            {
            }
            return true;
        }
        catch (SocketException closed) when (
            closed.SocketErrorCode is SocketError.ConnectionReset or SocketError.NotConnected)
        {
            return true;
        }
    }

    private static async Task<(int Beyond, int Silent)> Counted(FleetClient http, string port)
    {
        var lines = (await http.Text("/metrics")).Split('\n');
        return (Value("connection-limit"), Value("silent-connection"));

        int Value(string type) => (int)lines.Where(
            line => line.StartsWith("jobtree_errors_total{", StringComparison.Ordinal)
            && line.Contains($"component=\"{port}\"", StringComparison.Ordinal)
            && line.Contains($"error_type=\"{type}\"", StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));
    }
}
