using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Orleans.Configuration;
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
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

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

    /// <summary>The certificates of the authority, for the start report.</summary>
    public string Authority => files.Authority;

    /// <summary>This silo's certificate.</summary>
    public X509Certificate2 Own => Fresh().Own;

    /// <summary>Reads the files.</summary>
    /// <exception cref="ArgumentException">They cannot be used, or other silos would refuse this one.</exception>
    public static SiloCertificates Open(SiloCertificateFiles files, TimeProvider time)
    {
        var text = files.Read();
        var (own, authority) = text.Parse();
        var certificates = new SiloCertificates(files, new Loaded(text, own, authority), time);
        return certificates.TrustsSilo(own) ? certificates : throw new ArgumentException(
            $"--silo-tls-cert: other silos would refuse {files.Certificate}: it is not signed by {files.Authority}, "
            + "is not valid now, or is not for the use of both servers and clients.");
    }

    /// <summary>Demands a silo's certificate of other silos and a client's of clients, and shows this silo's.</summary>
    public void Configure(SiloConnectionOptions connections)
    {
        var (silos, clients) = (Demand(TrustsSilo), Demand(TrustsClient));
        connections.ConfigureSiloInboundConnection(connection => connection.UseServerTls(silos));
        connections.ConfigureSiloOutboundConnection(connection => connection.UseClientTls(silos));
        connections.ConfigureGatewayInboundConnection(connection => connection.UseServerTls(clients));
    }

    /// <summary>
    /// Whether a certificate of the cluster's authority is a silo's: one that servers may use, and says so. A client's
    /// must not open the ports between silos, which ask for no token.
    /// </summary>
    public bool TrustsSilo(X509Certificate2 shown) => TrustsClient(shown) && shown.Extensions
        .OfType<X509EnhancedKeyUsageExtension>()
        .Any(usages => usages.EnhancedKeyUsages.OfType<Oid>().Any(use => use.Value == ServerAuthentication.Value));

    /// <summary>Whether a certificate is valid now, and signed by the cluster's authority for clients.</summary>
    public bool TrustsClient(X509Certificate2 shown)
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

    private TlsOptions Demand(Func<X509Certificate2, bool> trusts) => new()
    {
        LocalServerCertificateSelector = (_, _) => Own,
        LocalClientCertificateSelector = (_, _, _, _, _) => Own,
        RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
        // Silos have no stable names, so the authority decides alone; it signs for this cluster only.
        RemoteCertificateValidation = (shown, _, _) => trusts(shown),
    };

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
