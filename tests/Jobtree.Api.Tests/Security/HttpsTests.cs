using System.Net;
using System.Security.Authentication;
using Jobtree.Api.Tests.Fleet;
using Jobtree.Api.Tests.Hosting;

namespace Jobtree.Api.Tests.Security;

public sealed class HttpsTests : IDisposable
{
    private readonly TestCertificates certificates = new();

    public void Dispose() => certificates.Dispose();

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_client_that_trusts_the_root_alone_is_served_with_the_chain_in_between(string version)
    {
        await using var host = await Serve();
        Assert.Equal("https", host.Address.Scheme);
        using var client = certificates.Client(host.Address);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/runs") { Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await client.SendAsync(request);
        Assert.Equal((HttpStatusCode.OK, Version.Parse(version)), (response.StatusCode, response.Version));
    }

    [Fact]
    public async Task Its_own_page_is_one_of_https_and_not_of_http()
    {
        await using var host = await Serve();
        using var client = certificates.Client(host.Address);
        foreach (var (origin, status) in new[] { ($"https://{host.Address.Authority}", HttpStatusCode.OK),
            ($"http://{host.Address.Authority}", HttpStatusCode.Forbidden) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/manifests") { Content = new StringContent(
                Samples.Node("n1"), null, "application/json") };
            request.Headers.Add("Origin", origin);
            using var response = await client.SendAsync(request);
            Assert.Equal(status, response.StatusCode);
        }
    }

    [Fact]
    public async Task A_client_that_does_not_trust_it_sends_nothing_and_plain_http_gets_nothing()
    {
        await using var host = await Serve();
        var untrusted = await Assert.ThrowsAsync<HttpRequestException>(() => host.Client.GetAsync("/v1/runs"));
        Assert.IsType<AuthenticationException>(untrusted.InnerException);
        using var other = new TestCertificates();
        using var stranger = other.Client(host.Address);
        await Assert.ThrowsAsync<HttpRequestException>(() => stranger.GetAsync("/v1/runs"));
        var answer = await RawHttp.Send(
            host.Address, $"GET /v1/runs HTTP/1.1\r\nHost: {host.Address.Authority}\r\nConnection: close\r\n\r\n");
        Assert.DoesNotContain("items", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(" 200 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_not_a_certificate_and_its_key_stop_the_start_and_are_named()
    {
        var (certificate, key) = (certificates.CertificateFile, certificates.KeyFile);
        var junk = certificates.Write("junk.pem", "not PEM");
        foreach (var (file, keyFile) in new[] { ("/nowhere/cert.pem", key), (certificate, "/nowhere/key.pem"),
            (certificate, certificates.OtherKeyFile), (certificate, null), (junk, key), (certificate, junk),
            (key, key) })
        {
            var options = new ApiOptions { Port = 0, CertificateFile = file, CertificateKeyFile = keyFile };
            var refusal = Assert.Throws<ArgumentException>(() => JobtreeApi.Create(new ScriptedFleet(), options));
            Assert.Contains(file, refusal.Message, StringComparison.Ordinal);
            Assert.Contains(keyFile ?? "key in it", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Single(new ApiOptions { CertificateKeyFile = key }.Validate());
    }

    [Fact]
    public async Task One_file_may_hold_certificate_and_key()
    {
        var both = certificates.Write("both.pem", await File.ReadAllTextAsync(certificates.CertificateFile)
            + await File.ReadAllTextAsync(certificates.KeyFile));
        await using var host = await ApiHost.Start(options => options with { CertificateFile = both });
        using var client = certificates.Client(host.Address);
        Assert.Equal("""{"status":"ok"}""", await client.GetStringAsync("/healthz"));
    }

    private Task<ApiHost> Serve() =>
        ApiHost.Start(options =>
            options with { CertificateFile = certificates.CertificateFile, CertificateKeyFile = certificates.KeyFile });
}
