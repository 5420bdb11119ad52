using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Orleans;
using Orleans.Configuration;
using Orleans.Connections.Security;
using Orleans.Hosting;

namespace Jobtree.Client;

/// <summary>Mutual TLS with the silos of a cluster.</summary>
public static class JobtreeTls
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";

    /// <summary>
    /// Shows a certificate to silos, and talks to silos of the same authority only. The PEM files are read for each
    /// connection, so that renewed ones are used.
    /// </summary>
    /// <param name="client">The cluster client.</param>
    /// <param name="certificate">The client's certificate.</param>
    /// <param name="key">Its key, not encrypted.</param>
    /// <param name="authority">The certificates of the authority that signs for the cluster.</param>
    /// <exception cref="CryptographicException">The files cannot be used.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static IClientBuilder UseJobtreeTls(
        this IClientBuilder client, string certificate, string key, string authority)
    {
        using (X509Certificate2.CreateFromPemFile(certificate, key))
            Read(authority);
        var options = new TlsOptions
        {
            LocalClientCertificateSelector = (_, _, _, _, _) => X509Certificate2.CreateFromPemFile(certificate, key),
            RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
            RemoteCertificateValidation = (shown, _, _) => IsSilo(shown, Read(authority)),
        };
        return client.Configure<ClientConnectionOptions>(connections =>
            connections.ConfigureConnection(connection => connection.UseClientTls(options)));
    }

    /// <summary>Silos have no stable names. A client's certificate is no silo's, though the same authority signed
    /// it.</summary>
    private static bool IsSilo(X509Certificate2 shown, X509Certificate2Collection authority)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain.Build(shown) && shown.Extensions.OfType<X509EnhancedKeyUsageExtension>().Any(
            uses => uses.EnhancedKeyUsages.OfType<Oid>().Any(use => use.Value == ServerUse));
    }

    private static X509Certificate2Collection Read(string authority)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(authority);
        return certificates;
    }
}
