using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Orleans.Connections.Security;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// Mutual TLS with other silos and clients of the cluster. The files are read again when they change, because an issuer
/// such as cert-manager renews them in place; new connections then use the new certificate. Files that cannot be used,
/// for example because they are being replaced, leave the previous certificate in use.
/// </summary>
internal sealed class SiloCertificates
{
    // A cluster opens few connections, but a caller without a certificate may try as often as it likes.
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(10);
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private readonly SiloCertificateFiles files;
    private readonly TimeProvider time;
    private readonly Lock reading = new();
    private Loaded loaded;
    private long lastRead;

    private SiloCertificates(SiloCertificateFiles files, Loaded loaded, TimeProvider time)
    {
        (this.files, this.loaded, this.time) = (files, loaded, time);
        lastRead = time.GetTimestamp();
    }

    /// <summary>What a caller must do, for the start report.</summary>
    public string Demand => $"whoever shows a certificate of {files.Authority} is an operator, others are refused";

    /// <summary>This silo's certificate.</summary>
    public X509Certificate2 Own => Fresh().Own;

    /// <summary>Reads the files.</summary>
    /// <exception cref="ArgumentException">They cannot be used, or other silos would refuse this one.</exception>
    public static SiloCertificates Open(SiloCertificateFiles files, TimeProvider time)
    {
        var text = files.Read();
        var (own, authority) = text.Parse();
        var certificates = new SiloCertificates(files, new Loaded(text, own, authority), time);
        return certificates.Trusts(own) ? certificates : throw new ArgumentException(
            $"--silo-tls-cert: other silos would refuse {files.Certificate}: it is not signed by {files.Authority}, "
            + "is not valid now, or may not be used by clients.");
    }

    /// <summary>Demands a certificate of every silo and client, and shows this silo's.</summary>
    public void Configure(TlsOptions options)
    {
        options.LocalServerCertificateSelector = (_, _) => Own;
        options.LocalClientCertificateSelector = (_, _, _, _, _) => Own;
        options.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
        // Silos have no stable names, so the authority decides alone; it signs for this cluster only.
        options.RemoteCertificateValidation = (shown, _, _) => Trusts(shown);
    }

    /// <summary>Whether a certificate is valid now and signed by the cluster's authority.</summary>
    public bool Trusts(X509Certificate2 shown)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Fresh().Authority);
        // Each silo is a client of the others. A certificate for servers only, such as a web page's, is refused.
        chain.ChainPolicy.ApplicationPolicy.Add(ClientAuthentication);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain.Build(shown);
    }

    private Loaded Fresh()
    {
        lock (reading)
        {
            if (time.GetElapsedTime(lastRead) < CheckInterval)
                return loaded;
            lastRead = time.GetTimestamp();
            try
            {
                var text = files.Read();
                if (text != loaded.Text)
                {
                    var (own, authority) = text.Parse();
                    loaded = new Loaded(text, own, authority);
                }
            }
            catch (ArgumentException)
            {
                // The files are checked again at the next connection after the interval.
            }

            return loaded;
        }
    }

    private sealed record Loaded(
        SiloCertificateText Text, X509Certificate2 Own, X509Certificate2Collection Authority);
}
