using System.CommandLine;

namespace Jobtree.Embedded.Commands;

/// <summary><c>jobtree up</c>: starts the host.</summary>
internal static class UpCommand
{
    public static Command Create()
    {
        var options = new UpOptions();
        var command = new Command("up", "Start the host: fleet, journal, API.")
        {
            new Option<bool>("--embedded") { Description = "This host: one process, a journal on disk, no cluster." },
        };
        options.AddTo(command);
        command.SetAction((parsed, cancellation) =>
            Refusals.Tell(() => Host.Run(options.Read(parsed), cancellation), cancellation));
        return command;
    }
}
