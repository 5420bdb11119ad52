using System.Net;
using System.Net.Sockets;
using Jobtree.Silo.Tests.Hosting;

namespace Jobtree.Silo.Tests.Security;

/// <summary>
/// A host that may have few file descriptors, and machines that open connections to each of its ports: what it has
/// acknowledged is written down, and who asks from elsewhere is answered.
/// </summary>
public sealed class DescriptorTests : IDisposable
{
    private const int ConnectionsOfEach = 40;
    private const int Runs = 20;
    private const int Files = 512;
    private static readonly string[] Flooding = ["127.0.0.2", "127.0.0.3", "127.0.0.4"];

    private readonly TestFolder folder = new();
    private readonly List<Socket> idle = [];

    private string Data => folder.Of("data");

    public void Dispose()
    {
        idle.ForEach(socket => socket.Dispose());
        folder.Dispose();
    }

    [Fact]
    public async Task Connections_to_all_ports_leave_the_journal_its_descriptors()
    {
        var (silo, address) = await HostProcess.ServeSiloUnder(["prlimit", $"--nofile={Files}:{Files}"],
            ["--data", Data, "--empty", "--gateway-port", "0", "--metrics-port", "0"]);
        using (silo)
        {
            var ports = ListeningPorts.Of(silo.Id);
            Assert.Equal(3, ports.Count);
            foreach (var port in ports)
            foreach (var from in Flooding)
            {
                for (var i = 0; i < ConnectionsOfEach; i++)
                {
                    await Connect(IPAddress.Parse(from), port);
                    // What is refused is open until the silo comes to close it.
                    await Eventually.Holds(() => Descriptors(silo) < Files - 50);
                }
            }
            using var client = new FleetClient(address);
            Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
            for (var run = 0; run < Runs; run++)
                Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/runs", Fleets.Run($"run-{run}"), $"run-{run}"));
            using var probe = new FleetClient(new Uri($"http://127.0.0.1:{Metrics(ports, address, silo)}"));
            Assert.Equal(HttpStatusCode.OK, await probe.Status("/readyz"));
            Assert.Contains("error_type=\"connection-limit\"", await probe.Text("/metrics"), StringComparison.Ordinal);
            await silo.Kill();
        }

        var (next, again) = await HostProcess.Serve(Data);
        using (next)
        {
            using var client = new FleetClient(again);
            for (var run = 0; run < Runs; run++)
                Assert.Equal(HttpStatusCode.OK, await client.Status($"/v1/runs/default/run-{run}"));
            await client.Heads();
        }
    }

    private static int Descriptors(HostProcess silo) => Directory.GetFileSystemEntries($"/proc/{silo.Id}/fd").Length;

    private static int Metrics(IReadOnlyList<int> ports, Uri address, HostProcess silo)
    {
        var gateway = ClusterProgram.GatewayOf(silo);
        return ports.Single(port => port != address.Port && port != gateway);
    }

    private async Task Connect(IPAddress from, int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        idle.Add(socket);
        socket.Bind(new IPEndPoint(from, 0));
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
        }
        catch (SocketException closed) when (closed.SocketErrorCode == SocketError.ConnectionReset)
        {
            // It was accepted and closed before this was told that it is open.
        }
    }
}
