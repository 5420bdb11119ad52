using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Jobtree.Api;
using Jobtree.Api.Access;
using Jobtree.Embedded.Executors;
using Jobtree.Embedded.Journal;

namespace Jobtree.Embedded.Commands;

/// <summary><c>jobtree up</c>: starts the host.</summary>
internal static class UpCommand
{
    public static Command Create()
    {
        var data = new Option<DirectoryInfo>("--data") { Description = "The data folder: journal, logs.", DefaultValueFactory = _ => new DirectoryInfo("data") };
        var port = new Option<int>("--port") { Description = "The port; 0 takes a free one.", DefaultValueFactory = _ => 8080 };
        var listen = new Option<IPAddress>("--listen")
        {
            Description = "The address to listen on. Any but loopback needs --token-file.",
            DefaultValueFactory = _ => IPAddress.Loopback,
            CustomParser = result => IPAddress.TryParse(result.Tokens[0].Value, out var address) ? address : Refuse(result, "--listen takes an IP address such as 127.0.0.1 or 0.0.0.0."),
        };
        var tokens = new Option<FileInfo?>("--token-file") { Description = "A file of hashed tokens; make one with 'token'." };
        var hosts = new Option<string[]>("--allow-host") { Description = "A host name that clients may use beside loopback names and the address; may be repeated.", DefaultValueFactory = _ => [] };
        var origins = new Option<string[]>("--allow-origin") { Description = "A web origin that may send requests beside the host's own; may be repeated.", DefaultValueFactory = _ => [] };
        var requests = new Option<int>("--requests-per-second") { Description = "The most requests a second of one token, or of all callers without tokens; 0 is no limit.", DefaultValueFactory = _ => 10_000 };
        var certificate = new Option<FileInfo?>("--tls-cert") { Description = "A PEM file with certificate and chain: serve HTTPS." };
        var key = new Option<FileInfo?>("--tls-key") { Description = "The PEM file with the certificate's key." };
        var executor = new Option<ExecutorKind?>("--executor")
        {
            Description = "Who carries runs out: external (others report through the API), simulated (runs end after their expected duration), process (workload.command as child processes: whoever may submit may run programs as this user). Default: external; in a demo folder simulated.",
        };
        var duration = new Option<double>("--simulated-duration") { Description = "Seconds that a simulated run takes which states no expected duration.", DefaultValueFactory = _ => 600 };
        var empty = new Option<bool>("--empty") { Description = "Begin a new data folder without the demo fleet." };
        var snapshots = new Option<long>("--snapshot-every") { Description = "After how many journal records a snapshot is taken; the next start reads no more than about that many.", DefaultValueFactory = _ => 500_000 };
        var openRuns = new Option<int>("--open-runs-max") { Description = "The most runs that may wait or run at a time; more are refused.", DefaultValueFactory = _ => 3_000_000 };
        snapshots.Validators.Add(AtLeastOne("--snapshot-every"));
        openRuns.Validators.Add(AtLeastOne("--open-runs-max"));
        var embedded = new Option<bool>("--embedded") { Description = "This host: one process, a journal on disk (for now the only one)." };
        var command = new Command("up", "Start the host: fleet, journal, API.") { data, port, listen, tokens, hosts, origins, requests, certificate, key, executor, duration, empty, snapshots, openRuns, embedded };
        command.SetAction(async (parsed, cancellation) =>
        {
            var settings = new UpSettings(
                parsed.GetValue(data)!.FullName,
                new ApiOptions
                {
                    Address = parsed.GetValue(listen)!,
                    Port = parsed.GetValue(port),
                    TokenFile = parsed.GetValue(tokens)?.FullName,
                    AllowedHosts = parsed.GetValue(hosts)!,
                    AllowedOrigins = parsed.GetValue(origins)!,
                    RequestsPerSecondMax = parsed.GetValue(requests),
                    CertificateFile = parsed.GetValue(certificate)?.FullName,
                    CertificateKeyFile = parsed.GetValue(key)?.FullName,
                },
                parsed.GetValue(executor),
                TimeSpan.FromSeconds(parsed.GetValue(duration)),
                parsed.GetValue(empty),
                parsed.GetValue(snapshots),
                parsed.GetValue(openRuns));
            try
            {
                await Host.Run(settings, cancellation);
                return 0;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return 0;
            }
            catch (Exception refusal) when (refusal is ArgumentException or TokenFileException or JournalLockedException or JournalDamagedException or IOException or UnauthorizedAccessException or SocketException or CryptographicException)
            {
                await Console.Error.WriteLineAsync($"jobtree: {refusal.Message}");
                return 1;
            }
        });
        return command;
    }

    private static Action<OptionResult> AtLeastOne(string option) => result =>
    {
        if (long.TryParse(result.Tokens.Count == 1 ? result.Tokens[0].Value : "1", CultureInfo.InvariantCulture, out var given) && given < 1)
            result.AddError($"{option} must be at least 1.");
    };

    private static IPAddress Refuse(ArgumentResult result, string message)
    {
        result.AddError(message);
        return IPAddress.None;
    }
}
