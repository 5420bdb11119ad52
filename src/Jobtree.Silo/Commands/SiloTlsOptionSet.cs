using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Jobtree.Silo.Hosting;

namespace Jobtree.Silo.Commands;

/// <summary>The options of <c>up</c> for mutual TLS between silos and with clients of the cluster.</summary>
internal sealed class SiloTlsOptionSet
{
    private readonly Option<FileInfo?> certificate = new("--silo-tls-cert")
    {
        Description = "A PEM file with this silo's certificate, for the use of servers and clients: silos and clients "
            + "of the cluster then speak TLS, and each must show a certificate of --silo-tls-ca. All silos of a "
            + "cluster have it, or none; without it they listen on loopback addresses only.",
    };
    private readonly Option<FileInfo?> key = new("--silo-tls-key")
    {
        Description = "The PEM file with the key of --silo-tls-cert.",
    };
    private readonly Option<FileInfo?> authority = new("--silo-tls-ca")
    {
        Description = "A PEM file with the authority that signs the certificates of silos and clients of this cluster, "
            + "and of nobody else. One that servers may use makes a silo.",
    };
    private readonly Option<bool> insecure = new("--silo-insecure")
    {
        Description = "Do without TLS on an address that is not a loopback one: where something else keeps all others "
            + "out and encrypts, such as a service mesh or a VPN. Whoever reaches the silo's port is a silo.",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(certificate);
        command.Options.Add(key);
        command.Options.Add(authority);
        command.Options.Add(insecure);
    }

    /// <summary>Refuses ports without TLS at an address that other machines can reach.</summary>
    /// <exception cref="ArgumentException">They have no certificates.</exception>
    public void Check(ParseResult parsed, SiloCertificates? certificates, IPAddress address)
    {
        if (certificates is null && !IPAddress.IsLoopback(address) && !parsed.GetValue(insecure))
            throw new ArgumentException(
                $"--advertise {address} can be reached from elsewhere, so silos and clients of the cluster need TLS: "
                + "give --silo-tls-cert, --silo-tls-key and --silo-tls-ca ('jobtree-silo certs FOLDER' makes them for "
                + "a trial), or --silo-insecure where something else guards that network.");
        if (certificates is not null && parsed.GetValue(insecure))
            throw new ArgumentException("--silo-insecure: there is TLS; leave this out, or --silo-tls-cert.");
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
