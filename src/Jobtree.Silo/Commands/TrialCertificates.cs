using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Jobtree.Silo.Commands;

/// <summary>
/// Certificates for a trial: an authority of its own, and what it signs for silos and for clients of a cluster. Each
/// folder has the files that a Secret of cert-manager has. In earnest an issuer makes them, and renews them.
/// </summary>
internal static class TrialCertificates
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";
    private const int SerialBytes = 16;

    // Clocks of other machines may be behind.
    private static readonly TimeSpan Before = TimeSpan.FromHours(1);

    /// <summary>Makes them in a folder that is not there yet.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="days">For how long they are valid.</param>
    /// <param name="now">The present instant.</param>
    /// <exception cref="IOException">The folder has something in it, or cannot be written.</exception>
    public static void Create(string folder, int days, DateTimeOffset now)
    {
        if (Path.Exists(folder) && (File.Exists(folder) || Directory.EnumerateFileSystemEntries(folder).Any()))
            throw new IOException($"{folder} is there already and is left as it is; name a folder that is not.");
        Make(folder);
        var (from, to) = (now - Before, now.AddDays(days));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request("CN=jobtree trial authority", key, X509KeyUsageFlags.KeyCertSign);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        using var authority = request.CreateSelfSigned(from, to);
        Write(Path.Combine(folder, "ca.key"), key.ExportPkcs8PrivateKeyPem());
        Sign(authority, Path.Combine(folder, "silo"), "CN=jobtree silo", to, ServerUse, ClientUse);
        Sign(authority, Path.Combine(folder, "client"), "CN=jobtree client", to, ClientUse);
    }

    private static void Sign(
        X509Certificate2 authority, string folder, string name, DateTimeOffset to, params IEnumerable<string> uses)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request(name, key, X509KeyUsageFlags.DigitalSignature);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        var purposes = new OidCollection();
        foreach (var use in uses)
            purposes.Add(new Oid(use));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(purposes, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
            authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using var signed = request.Create(
            authority, authority.NotBefore, to, RandomNumberGenerator.GetBytes(SerialBytes));
        Make(folder);
        Write(Path.Combine(folder, "tls.crt"), signed.ExportCertificatePem());
        Write(Path.Combine(folder, "tls.key"), key.ExportPkcs8PrivateKeyPem());
        Write(Path.Combine(folder, "ca.crt"), authority.ExportCertificatePem());
    }

    private static CertificateRequest Request(string name, ECDsa key, X509KeyUsageFlags uses)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(uses, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }

    private static void Make(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
    }

    private static void Write(string path, string text)
    {
        var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            create.UnixCreateMode = OwnerOnly;
        using var file = new FileStream(path, create);
        file.Write(Encoding.ASCII.GetBytes(text + "\n"));
    }
}
