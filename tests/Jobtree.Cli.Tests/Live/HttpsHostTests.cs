using Jobtree.Api.Access;
using Jobtree.Api.Tests.Hosting;
using Jobtree.Cli.Tests.Support;
using Jobtree.Silo.Tests.Hosting;

namespace Jobtree.Cli.Tests.Live;

/// <summary>The real host with a certificate, and the real program that talks to it: both as processes.</summary>
public sealed class HttpsHostTests : IDisposable
{
    private readonly CliBench bench = new();
    private readonly TestCertificates certificates = new();

    private string Data => bench.Path("data");

    public void Dispose()
    {
        certificates.Dispose();
        bench.Dispose();
    }

    [Fact]
    public async Task Whoever_trusts_the_certificate_is_served_and_whoever_does_not_sends_no_token()
    {
        var tokens = bench.Path("tokens.json");
        var token = TokenFile.Create(tokens, "root", Role.Operator, ["*"]);
        var (host, address) = await HostProcess.Serve(
            Data, "--empty", "--token-file", tokens, "--tls-cert", certificates.CertificateFile, "--tls-key",
                certificates.KeyFile);
        using (host)
        {
            var server = address.GetLeftPart(UriPartial.Authority);
            Assert.StartsWith("https://", server, StringComparison.Ordinal);
            var trusting = new Dictionary<string, string> { ["SSL_CERT_FILE"] = certificates.RootFile,
                ["SSL_CERT_DIR"] = bench.Folder, ["JOBTREE_TOKEN"] = token };
            var node = bench.Write("node.yaml",
                "apiVersion: jobtree.dev/v1\nkind: Node\nmetadata: {name: n1}\nspec: {flavor: H100, gpus: 8}\n");
            var applied = await CliProcess.Run(trusting, "--server", server, "apply", "-f", node);
            Assert.Equal((0, "node n1 created\n", ""), (applied.ExitCode, applied.Out, applied.Error));
            var seen = await CliProcess.Run(trusting, "--server", server, "nodes");
            Assert.Contains("n1", seen.Out, StringComparison.Ordinal);

            using var others = new TestCertificates();
            var stranger = await CliProcess.Run(new Dictionary<string, string>(
                trusting) { ["SSL_CERT_FILE"] = others.RootFile }, "--server", server, "nodes");
            Assert.Equal((3, ""), (stranger.ExitCode, stranger.Out));
            Assert.Contains("certificate", stranger.Error, StringComparison.Ordinal);
            var wrongScheme = await CliProcess.Run(
                trusting, "--server", server.Replace("https:", "http:", StringComparison.Ordinal), "nodes");
            Assert.Equal((3, ""), (wrongScheme.ExitCode, wrongScheme.Out));
        }
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_used_stops_the_start_before_anything_is_touched()
    {
        using var host = HostProcess.Start(
            "up", "--data", Data, "--port", "0", "--tls-cert", certificates.CertificateFile, "--tls-key",
                certificates.OtherKeyFile);
        Assert.Equal(1, await host.Exit());
        Assert.Contains(certificates.OtherKeyFile, host.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Said, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Data));
    }
}
