using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Jobtree.Api.Access;

/// <summary>The certificate that the API presents.</summary>
public static class ServerCertificate
{
    private const int BytesMax = 256 * 1024;

    /// <summary>Reads the certificate, its key and the intermediate certificates, which clients do not have.</summary>
    /// <param name="options">The options that name the files.</param>
    /// <returns>The certificate and the chain in its file; null: the API serves HTTP.</returns>
    /// <exception cref="ArgumentException">A file cannot be read or has the wrong content, or the key does not match
    /// the certificate.</exception>
    public static (X509Certificate2 Certificate, X509Certificate2Collection Chain)? Read(ApiOptions options)
    {
        if (options.CertificateFile is not { } file)
            return null;
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(file);
            var key = SecretFile.ReadText("The certificate's key", options.CertificateKeyFile ?? file, BytesMax);
            return (X509Certificate2.CreateFromPem(File.ReadAllText(file), key), chain);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException
            or UnauthorizedAccessException)
        {
            var with = options.CertificateKeyFile is { } keyFile ? $"the key {keyFile}" : "the key in it";
            throw new ArgumentException(
                $"The certificate {file} with {with} cannot be used: {e.Message} Both are PEM files; the key is not " +
                $"encrypted.", e);
        }
    }
}
