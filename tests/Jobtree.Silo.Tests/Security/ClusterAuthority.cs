using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Jobtree.Silo.Tests.Security;

/// <summary>An authority made for one test, and what it signs, as files in the way a Secret is mounted.</summary>
internal sealed class ClusterAuthority : IDisposable
{
    public const string Name = "CN=jobtree test authority";
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private readonly string folder = Directory.CreateTempSubdirectory("jobtree-authority-").FullName;
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 root;
    private byte serial = 1;

    public ClusterAuthority()
    {
        var request = new CertificateRequest(Name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        Write("ca.crt", root.ExportCertificatePem());
        Sign("tls");
    }

    public string Folder => folder;

    /// <summary>The options of a silo with the certificate <c>tls</c>.</summary>
    public string[] Options =>
    [
        "--silo-tls-cert", Of("tls.crt"), "--silo-tls-key", Of("tls.key"), "--silo-tls-ca", Of("ca.crt"),
    ];

    public string Of(string name) => Path.Combine(folder, name);

    public void Write(string name, string text)
    {
        File.WriteAllText(Of(name), text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Of(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>Signs a certificate and writes it with its key, over the one of that name.</summary>
    /// <param name="name">The files' name.</param>
    /// <param name="forClients">Whether it may be used by clients as well as by servers.</param>
    /// <param name="daysLeft">When it ends.</param>
    /// <param name="forServers">Whether it may be used by servers, as a silo's.</param>
    /// <param name="more">Names and other extensions.</param>
    /// <returns>The certificate with its key.</returns>
    public X509Certificate2 Sign(
        string name, bool forClients = true, double daysLeft = 1, bool forServers = true, params X509Extension[] more)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=jobtree {name}", own, HashAlgorithmName.SHA256);
        var usages = new OidCollection();
        if (forServers)
            usages.Add(new Oid(ServerUsage));
        if (forClients)
            usages.Add(new Oid(ClientUsage));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages, false));
        foreach (var extension in more)
            request.CertificateExtensions.Add(extension);
        using var signed = request.Create(
            root, DateTimeOffset.UtcNow.AddHours(-23), DateTimeOffset.UtcNow.AddDays(daysLeft), [serial++]);
        Write($"{name}.crt", signed.ExportCertificatePem());
        Write($"{name}.key", own.ExportPkcs8PrivateKeyPem());
        return signed.CopyWithPrivateKey(own);
    }

    public void Dispose()
    {
        root.Dispose();
        key.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
