using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Jobtree.Api.Tests.Hosting;

/// <summary>A root made for one test, and a server's certificate that it vouches for by one in between.</summary>
public sealed class TestCertificates : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("jobtree-tls-").FullName;
    private readonly ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa betweenKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestCertificates()
    {
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        Root = Authority("root", rootKey).CreateSelfSigned(from, to);
        using var between = Authority("between", betweenKey).Create(Root, from, to, [1]).CopyWithPrivateKey(betweenKey);
        var request = new CertificateRequest("CN=jobtree test", serverKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using var server = request.Create(between, from, to, [2]);
        CertificateFile = Write("server.pem", $"{server.ExportCertificatePem()}\n{between.ExportCertificatePem()}\n");
        KeyFile = Write("server.key", serverKey.ExportPkcs8PrivateKeyPem());
        OtherKeyFile = Write("other.key", betweenKey.ExportPkcs8PrivateKeyPem());
        RootFile = Write("root.pem", Root.ExportCertificatePem());
    }

    public X509Certificate2 Root { get; }

    public string RootFile { get; }

    /// <summary>The server's certificate and the one in between.</summary>
    public string CertificateFile { get; }

    public string KeyFile { get; }

    /// <summary>A key that is not the server's.</summary>
    public string OtherKeyFile { get; }

    public string Write(string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    /// <summary>A client that trusts this root and no other.</summary>
    public HttpClient Client(Uri address) => new(new SocketsHttpHandler
    {
        SslOptions =
        {
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { Root },
                    RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true,
            },
        },
    }) { BaseAddress = address };

    public void Dispose()
    {
        Root.Dispose();
        rootKey.Dispose();
        betweenKey.Dispose();
        serverKey.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN=jobtree test {name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        return request;
    }
}
