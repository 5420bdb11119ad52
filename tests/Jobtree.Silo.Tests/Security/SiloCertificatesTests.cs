using System.Security.Cryptography.X509Certificates;
using Jobtree.Silo.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Jobtree.Silo.Tests.Security;

/// <summary>Which certificates a silo shows and trusts, and what it says about files it cannot use.</summary>
public sealed class SiloCertificatesTests : IDisposable
{
    private readonly ClusterAuthority authority = new();
    private readonly FakeTimeProvider time = new();

    public void Dispose() => authority.Dispose();

    [Fact]
    public void A_renewed_certificate_is_shown_and_a_half_written_one_is_not()
    {
        var certificates = Open();
        var first = certificates.Own;
        using var renewed = authority.Sign("tls");
        Assert.Equal(first, certificates.Own);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(renewed.Thumbprint, certificates.Own.Thumbprint);
        authority.Write("tls.crt", "-----BEGIN CERT");
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(renewed.Thumbprint, certificates.Own.Thumbprint);
        File.Delete(authority.Of("ca.crt"));
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(certificates.TrustsSilo(renewed));
    }

    [Fact]
    public void Only_a_valid_certificate_of_the_same_authority_that_clients_may_use_is_trusted()
    {
        using var other = new ClusterAuthority();
        var certificates = Open();
        using var known = authority.Sign("other-silo");
        using var forServers = authority.Sign("page", forClients: false);
        using var program = authority.Sign("program", forServers: false);
        using var expired = authority.Sign("old", daysLeft: -0.5);
        using var foreign = other.Sign("stranger");
        using var issuedBefore = X509Certificate2.CreateFromPemFile(authority.Of("tls.crt"), authority.Of("tls.key"));
        var shown = new[] { known, issuedBefore, program, forServers, expired, foreign };
        Assert.Equal([true, true, true, false, false, false], shown.Select(certificates.TrustsClient));
        // Silos ask each other for no token: a client's certificate must not be enough.
        Assert.Equal([true, true, false, false, false, false], shown.Select(certificates.TrustsSilo));
    }

    [Theory]
    [InlineData("tls.crt", "--silo-tls-cert")]
    [InlineData("tls.key", "--silo-tls-key")]
    [InlineData("ca.crt", "--silo-tls-ca")]
    public void A_file_that_cannot_be_used_is_named_by_its_option_and_its_content_is_not_repeated(
        string file, string option)
    {
        authority.Write(file, "hunter2");
        AssertRefused(option);
        File.Delete(authority.Of(file));
        AssertRefused(option);
    }

    [Fact]
    public void A_certificate_that_other_silos_would_refuse_is_refused_at_the_start()
    {
        authority.Sign("tls", daysLeft: -0.5).Dispose();
        AssertRefused("other silos would refuse");
        authority.Sign("tls", forServers: false).Dispose();
        AssertRefused("other silos would refuse");
        using var other = new ClusterAuthority();
        other.Sign("tls").Dispose();
        File.Copy(other.Of("tls.crt"), authority.Of("tls.crt"), overwrite: true);
        File.Copy(other.Of("tls.key"), authority.Of("tls.key"), overwrite: true);
        AssertRefused("other silos would refuse");
    }

    private void AssertRefused(string named)
    {
        var refusal = Assert.Throws<ArgumentException>(Open);
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refusal.ToString(), StringComparison.Ordinal);
    }

    private SiloCertificates Open() => SiloCertificates.Open(
        new SiloCertificateFiles(authority.Of("tls.crt"), authority.Of("tls.key"), authority.Of("ca.crt")), time);
}
