using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Jobtree.Silo.Hosting;

/// <summary>What the PEM files contain.</summary>
internal sealed record SiloCertificateText(string Certificate, string Key, string Authority)
{
    /// <summary>Parses the texts.</summary>
    /// <exception cref="ArgumentException">A text is not PEM, or the key belongs to another certificate.</exception>
    public (X509Certificate2 Own, X509Certificate2Collection Authority) Parse()
    {
        var authority = new X509Certificate2Collection();
        try
        {
            authority.ImportFromPem(Authority);
            if (authority.Count == 0)
                throw new ArgumentException("--silo-tls-ca: there is no certificate in the file.");
            return (X509Certificate2.CreateFromPem(Certificate, Key), authority);
        }
        catch (CryptographicException unusable)
        {
            throw new ArgumentException(
                $"--silo-tls-cert, --silo-tls-key or --silo-tls-ca cannot be used: {unusable.Message} All are PEM "
                + "files; the key is not encrypted and belongs to the certificate.", unusable);
        }
    }
}
