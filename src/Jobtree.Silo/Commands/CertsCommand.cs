using System.CommandLine;

namespace Jobtree.Silo.Commands;

/// <summary><c>certs</c>: makes certificates for a trial of a cluster.</summary>
internal static class CertsCommand
{
    private const int DaysDefault = 365;
    private const int DaysMax = 3650;

    public static Command Create()
    {
        var folder = new Argument<DirectoryInfo>("folder")
        {
            Description = "A folder that is not there yet. Its folders silo and client then have tls.crt, tls.key and "
                + "ca.crt, for silos and for clients of the cluster; ca.key can sign more.",
        };
        var days = new Option<int>("--days")
        {
            Description = $"For how many days they are valid, 1 to {DaysMax}.", DefaultValueFactory = _ => DaysDefault,
        };
        days.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is not (>= 1 and <= DaysMax))
                result.AddError($"--days takes a whole number from 1 to {DaysMax}.");
        });
        var command = new Command("certs", "Make an authority and certificates for silos and clients, for a trial.")
        {
            folder, days,
        };
        command.SetAction(async (parsed, _) =>
        {
            var path = parsed.GetValue(folder)!.FullName;
            try
            {
                TrialCertificates.Create(path, parsed.GetValue(days), TimeProvider.System.GetUtcNow());
                await Console.Out.WriteLineAsync($"""
                    For silos, --silo-tls-cert {path}/silo/tls.crt
                      --silo-tls-key {path}/silo/tls.key
                      --silo-tls-ca {path}/silo/ca.crt
                    For clients of the cluster, the folder {path}/client.
                    Whoever has ca.key can make silos: move it to a safe place.
                    """);
                return 0;
            }
            catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
            {
                await Console.Error.WriteLineAsync($"jobtree: {refusal.Message}");
                return 1;
            }
        });
        return command;
    }
}
