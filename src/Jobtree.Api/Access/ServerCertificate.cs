using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Jobtree.Api.Access;

/// <summary>The certificate that the API shows.</summary>
public static class ServerCertificate
{
    /// <summary>
    /// Reads the certificate with its key, and those between it and its root, which clients do not have.
    /// </summary>
    /// <param name="options">The files.</param>
    /// <returns>The certificate and the rest of its file; null: the API speaks HTTP.</returns>
    /// <exception cref="ArgumentException">A file cannot be read, is not what it should be, or the key is another
    /// certificate's.</exception>
    public static (X509Certificate2 Certificate, X509Certificate2Collection Chain)? Read(ApiOptions options)
    {
        if (options.CertificateFile is not { } file)
            return null;
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(file);
            return (X509Certificate2.CreateFromPemFile(file, options.CertificateKeyFile), chain);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException
            or UnauthorizedAccessException)
        {
            var key = options.CertificateKeyFile is { } keyFile ? $"the key {keyFile}" : "the key in it";
            throw new ArgumentException(
                $"The certificate {file} with {key} cannot be used: {e.Message} Both are PEM files; the key is not " +
                $"encrypted.", e);
        }
    }
}
