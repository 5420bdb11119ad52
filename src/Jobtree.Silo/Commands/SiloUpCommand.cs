using System.CommandLine;
using Jobtree.Silo.Hosting;

namespace Jobtree.Silo.Commands;

/// <summary><c>jobtree-silo up</c>: starts a silo.</summary>
internal static class SiloUpCommand
{
    public static Command Create()
    {
        var options = new UpOptions();
        var cluster = new ClusterOptionSet();
        var command = new Command("up",
            "Start a silo: the fleet's actors as grains, journal, API, dashboard. Without --redis it is a whole fleet "
            + "on one machine, with its journals in the data folder.");
        options.AddTo(command);
        cluster.AddTo(command);
        command.SetAction((parsed, cancellation) =>
            Refusals.Tell(() => SiloHost.Run(options.Read(parsed), cluster.Read(parsed), cancellation), cancellation));
        return command;
    }
}
