using System.CommandLine;
using System.CommandLine.Parsing;
using Jobtree.Silo.Demo;
using Jobtree.Silo.Hosting;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Commands;

/// <summary>
/// <c>demo</c>: plays a day of a small fleet in minutes, against a silo that it starts or one that runs.
/// </summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var options = new DemoOptions();
        var up = new UpOptions();
        var command = new Command("demo",
            "Play a day of a small fleet in minutes: three teams, a borrower, guests that are cut, reservations, "
            + "failures, cancels, broken nodes. Starts a silo of its own, with the options of up; afterwards prints "
            + "what its metrics say and goes on serving. One seed is one plan of the day.");
        options.AddTo(command);
        up.AddTo(command);
        command.SetAction((parsed, cancellation) => Refusals.Tell(
            () => Run(options.Read(parsed), up, parsed, cancellation), cancellation));
        return command;
    }

    private static async Task Run(
        DemoSettings demo, UpOptions up, ParseResult parsed, CancellationToken cancellation)
    {
        if (demo.Server is { } server)
        {
            await new DemoSession(demo).Play(server, cancellation);
            return;
        }

        var settings = up.Read(parsed) with { Empty = true };
        // A line for each decision of a day in minutes would hide what the demo says.
        if (!up.NamesLogLevel(parsed))
            settings = settings with { Log = settings.Log with { Level = LogLevel.Warning } };
        var folder = up.NamesFolder(parsed) ? null : Directory.CreateTempSubdirectory("jobtree-demo-");
        try
        {
            await Serve(demo, DemoOptions.Check(folder is null ? settings : settings with { Folder = folder.FullName }),
                cancellation);
        }
        finally
        {
            folder?.Delete(recursive: true);
        }
    }

    private static async Task Serve(DemoSettings demo, UpSettings settings, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var playing = Task.CompletedTask;
        try
        {
            await SiloHost.Run(settings, ClusterSettings.OneMachine, stop.Token, address => playing = Play(address));
        }
        finally
        {
            await stop.CancelAsync();
            await playing;
        }

        // The end of the day, or of the playing by an error, is the end of the silo.
        async Task Play(Uri address)
        {
            try
            {
                await new DemoSession(demo).Play(address, stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The silo stops.
            }
            finally
            {
                await stop.CancelAsync();
            }
        }
    }
}
