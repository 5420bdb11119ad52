using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Jobtree.Actors.Operations;
using Jobtree.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Jobtree.Silo.Tests.Hosting;

/// <summary>Where a host listens, who gets in there, and what it does when a port is taken.</summary>
public sealed partial class PortTests : IDisposable
{
    private readonly TestFolder folder = new();

    private string Data => folder.Of("data");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task One_machine_listens_for_its_api_and_for_nothing_else()
    {
        var (host, address) = await HostProcess.Serve(Data, "--empty");
        using (host)
        {
            Assert.Equal([address.Port], ListeningPorts.Of(host.Id));
            Assert.Contains("whoever reaches it is an operator", host.Said, StringComparison.Ordinal);
            Assert.Equal(0, await host.Stop());
        }
    }

    [Fact]
    public async Task A_gateway_that_was_asked_for_lets_clients_of_the_cluster_in_and_says_so()
    {
        var (host, address) = await HostProcess.Serve(Data, "--empty", "--gateway-port", "0");
        using (host)
        {
            using var http = new FleetClient(address);
            await http.Command("/v1/manifests", Documents.Fleet(), "fleet");
            var gateway = int.Parse(Gateway().Match(host.Said).Groups["port"].Value, CultureInfo.InvariantCulture);
            Assert.Equal(new[] { address.Port, gateway }.Order(), ListeningPorts.Of(host.Id));
            Assert.Contains("is an operator; it asks for no token", host.Said, StringComparison.Ordinal);
            var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder();
            builder.Logging.ClearProviders();
            builder.UseOrleansClient(client =>
            {
                client.UseLocalhostClustering(gateway);
                client.Configure<ClusterOptions>(names => (names.ClusterId, names.ServiceId) = ("jobtree", "jobtree"));
                client.AddJobtreeClient();
            });
            using var program = builder.Build();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            await program.StartAsync(patience.Token);
            var fleet = program.Services.GetRequiredService<JobtreeClient>();
            Assert.True((await fleet.Operations.Audit(patience.Token)).Succeeded(out _, out _));
            await program.StopAsync(patience.Token);
        }
    }

    [Theory]
    [InlineData("--port")]
    [InlineData("--gateway-port")]
    public async Task A_taken_port_is_told_in_one_line_and_nothing_is_written(string option)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = ((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        string[] ports = option == "--port" ? [option, taken] : ["--port", "0", option, taken];
        using var host = HostProcess.Start(["up", "--data", Data, .. ports]);
        Assert.Equal(1, await host.Exit());
        var line = Assert.Single(host.Said.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(taken, line, StringComparison.Ordinal);
        Assert.Contains(option, line, StringComparison.Ordinal);
        Assert.False(Path.Exists(Data));
    }

    [GeneratedRegex(@"^Gateway 127\.0\.0\.1:(?<port>\d+)", RegexOptions.Multiline)]
    private static partial Regex Gateway();
}
