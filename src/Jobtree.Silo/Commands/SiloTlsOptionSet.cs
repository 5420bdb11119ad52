using System.CommandLine;
using System.CommandLine.Parsing;
using Jobtree.Silo.Hosting;

namespace Jobtree.Silo.Commands;

/// <summary>The options of <c>up</c> for mutual TLS between silos and with clients of the cluster.</summary>
internal sealed class SiloTlsOptionSet
{
    private readonly Option<FileInfo?> certificate = new("--silo-tls-cert")
    {
        Description = "A PEM file with this silo's certificate: silos and clients of the cluster then speak TLS, and "
            + "each must show a certificate of --silo-tls-ca. All silos of a cluster have it, or none.",
    };
    private readonly Option<FileInfo?> key = new("--silo-tls-key")
    {
        Description = "The PEM file with the key of --silo-tls-cert.",
    };
    private readonly Option<FileInfo?> authority = new("--silo-tls-ca")
    {
        Description = "A PEM file with the authority that signs the certificates of silos and clients of this cluster, "
            + "and of nobody else: whoever has one is an operator.",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(certificate);
        command.Options.Add(key);
        command.Options.Add(authority);
    }

    /// <summary>Reads the certificates; null: none are given.</summary>
    /// <exception cref="ArgumentException">An option is missing, or a file cannot be used.</exception>
    public SiloCertificates? Read(ParseResult parsed)
    {
        Option<FileInfo?>[] all = [certificate, key, authority];
        var missing = all.Where(option => parsed.GetValue(option) is null).Select(option => option.Name).ToList();
        if (missing.Count == all.Length)
            return null;
        if (missing.Count > 0)
            throw new ArgumentException(
                $"TLS between silos needs --silo-tls-cert, --silo-tls-key and --silo-tls-ca; missing: "
                + $"{string.Join(", ", missing)}.");
        return SiloCertificates.Open(
            new SiloCertificateFiles(parsed.GetValue(certificate)!.FullName, parsed.GetValue(key)!.FullName,
                parsed.GetValue(authority)!.FullName),
            TimeProvider.System);
    }
}
