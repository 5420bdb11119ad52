using Jobtree.Api.Access;

namespace Jobtree.Silo.Hosting;

/// <summary>The PEM files of a silo's mutual TLS.</summary>
/// <param name="Certificate">This silo's certificate.</param>
/// <param name="Key">Its key, not encrypted.</param>
/// <param name="Authority">The certificates of the authority that signs for the cluster.</param>
internal sealed record SiloCertificateFiles(string Certificate, string Key, string Authority)
{
    private const int BytesMax = 256 * 1024;

    /// <summary>The text of the three files; equal text means equal certificates.</summary>
    /// <exception cref="ArgumentException">A file cannot be read.</exception>
    public SiloCertificateText Read() => new(
        Text("--silo-tls-cert", Certificate), SecretFile.ReadText("--silo-tls-key: the file", Key, BytesMax),
        Text("--silo-tls-ca", Authority));

    private static string Text(string option, string path)
    {
        try
        {
            return new FileInfo(path).Length <= BytesMax ? File.ReadAllText(path) : throw new ArgumentException(
                $"{option}: {path} is too large for a PEM file; {BytesMax / 1024} KiB are allowed.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"{option}: {unreadable.Message}", unreadable);
        }
    }
}
