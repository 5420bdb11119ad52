using System.CommandLine;
using Jobtree.Silo.Commands.Configuration;
using Jobtree.Silo.Hosting;

namespace Jobtree.Silo.Commands;

/// <summary><c>jobtree-silo up</c>: starts a silo.</summary>
internal static class SiloUpCommand
{
    public static Command Create()
    {
        var options = new UpOptions();
        var cluster = new ClusterOptionSet();
        var config = new Option<FileInfo?>("--config")
        {
            Description = "A YAML file with any of these options by name, such as 'port: 9000', and the section "
                + "telemetry. An option of the command line wins.",
        };
        var command = new Command("up",
            "Start a silo: the fleet's actors as grains, journal, API, dashboard. Without --redis it is a whole fleet "
            + "on one machine, with its journals in the data folder.");
        command.Options.Add(config);
        options.AddTo(command);
        cluster.AddTo(command);
        command.SetAction((parsed, cancellation) => Refusals.Tell(
            () =>
            {
                var telemetry = new TelemetrySettings();
                if (parsed.GetValue(config) is { } path)
                {
                    var file = ConfigFile.Read(path, command, config);
                    (parsed, telemetry) = (file.Complete(parsed), file.Telemetry);
                }
                var settings = options.Read(parsed) with { Telemetry = telemetry };
                return SiloHost.Run(settings, cluster.Read(parsed), cancellation);
            },
            cancellation));
        return command;
    }
}
