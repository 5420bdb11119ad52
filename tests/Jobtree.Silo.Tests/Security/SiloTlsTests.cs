using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Jobtree.Client;
using Jobtree.Silo.Chaos.Processes;
using Jobtree.Silo.Tests.Hosting;
using Jobtree.Silo.Tests.Servers;

namespace Jobtree.Silo.Tests.Security;

/// <summary>Silos as processes that speak mutual TLS with each other.</summary>
public sealed partial class SiloTlsTests : IDisposable
{
    private const string Refused = "Authentication failed";
    private static readonly string[] Ports = ["--drain", "0", "--silo-port", "0", "--gateway-port", "0"];

    private readonly ClusterAuthority authority = new();
    private readonly ClusterAuthority stranger = new();

    public void Dispose()
    {
        authority.Dispose();
        stranger.Dispose();
    }

    [RedisFact]
    public async Task Silos_with_certificates_form_a_cluster_that_silos_without_cannot_join()
    {
        await using var redis = await RedisServer.Begin();
        string[] options = ["--redis", redis.Endpoint, .. Ports];
        var (first, firstAddress) = await HostProcess.ServeSilo([.. options, .. authority.Options]);
        using var one = first;
        var (second, secondAddress) = await HostProcess.ServeSilo([.. options, .. authority.Options]);
        using var two = second;
        using var client = new FleetClient(firstAddress);
        using var page = new FleetClient(secondAddress);

        // A flavor and a run live on either silo, so one of the two answers comes from the other silo.
        Assert.Equal(HttpStatusCode.OK, await client.Post("/v1/manifests", Fleets.Small, "fleet"));
        for (var i = 0; i < 4; i++)
            Assert.Equal(HttpStatusCode.OK, await (i % 2 == 0 ? client : page)
                .Post("/v1/runs", Fleets.Run($"run-{i}"), $"run-{i}"));
        await page.Until("/v1/runs", list => list.GetProperty("items").GetArrayLength() == 4);
        Assert.DoesNotContain(Refused, first.Said + second.Said, StringComparison.Ordinal);

        await Audit(first);

        using var plain = HostProcess.Start(["up", "--port", "0", .. options]);
        using var foreign = HostProcess.Start(["up", "--port", "0", .. options, .. stranger.Options]);
        await Eventually.Holds(() => Count(first.Said) + Count(second.Said) >= 4);
        await Eventually.Holds(() => foreign.Said.Contains(Refused, StringComparison.Ordinal));
        Assert.DoesNotContain("Serving", plain.Said + foreign.Said, StringComparison.Ordinal);
        foreach (var port in new[] { SiloPort().Match(first.Said), GatewayPort().Match(first.Said) })
        {
            await using var known = await Connect(port, authority.Sign("client"));
            var open = IsClosed(known);
            await using (var nobody = await Connect(port, null))
                Assert.True(await IsClosed(nobody));
            await using (var other = await Connect(port, stranger.Sign("client")))
                Assert.True(await IsClosed(other));
            Assert.False(open.IsCompleted && await open);
            // A client's certificate opens the gateway, and not the port between silos, which asks for no token.
            await using var program = await Connect(port, authority.Sign("client", forServers: false));
            var isClosed = IsClosed(program);
            if (port.Value.StartsWith("Silo", StringComparison.Ordinal))
                Assert.True(await isClosed);
            else
                Assert.False(isClosed.IsCompleted && await isClosed);
        }

        Assert.Equal(HttpStatusCode.OK, await page.Status("/readyz"));
        Assert.Matches(@"(?m)^jobtree_certificate_expiry_timestamp_seconds\{certificate=""silo""\} \d+(\.\d+E\+09)?$",
            await page.Text("/metrics"));
    }

    /// <summary>Asks the fleet as a client of the cluster.</summary>
    private async Task Audit(HostProcess silo)
    {
        authority.Sign("program", forServers: false).Dispose();
        await using var program = await ClusterProgram.Connect(silo, configure: client => client.UseJobtreeTls(
            authority.Of("program.crt"), authority.Of("program.key"), authority.Of("ca.crt")));
        Assert.True((await program.Fleet.Operations.Audit()).Succeeded(out _, out _));
    }

    private static int PortOf(Match port) => int.Parse(port.Groups["port"].Value, CultureInfo.InvariantCulture);

    private static int Count(string said) => Regex.Count(said, Refused);

    /// <summary>Speaks TLS to a port. The client's part of the handshake ends before the silo has judged.</summary>
    private static async Task<SslStream> Connect(Match port, X509Certificate2? certificate)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, PortOf(port));
        var stream = new SslStream(client.GetStream());
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "",
            ClientCertificates = certificate is null ? null : [certificate],
            RemoteCertificateValidationCallback = (_, other, _, _) => other!.Issuer == ClusterAuthority.Name,
        });
        return stream;
    }

    /// <summary>Whether the silo closes a connection on which nothing was said, rather than say something.</summary>
    private static async Task<bool> IsClosed(SslStream stream)
    {
        try
        {
            return await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(TimeSpan.FromSeconds(30)) == 0;
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException)
        {
            return true;
        }
    }

    [GeneratedRegex(@"^Silo 127\.0\.0\.1:(?<port>\d+)", RegexOptions.Multiline)]
    private static partial Regex SiloPort();

    [GeneratedRegex(@"^Gateway 127\.0\.0\.1:(?<port>\d+)", RegexOptions.Multiline)]
    private static partial Regex GatewayPort();
}
