using System.CommandLine;
using Jobtree.Actors.Operations;

namespace Jobtree.Cli.Commands;

/// <summary><c>hold</c> and <c>release</c>.</summary>
internal static class HoldCommands
{
    /// <summary><c>hold</c>: keeps a waiting run back.</summary>
    public static Command Hold(CommandRunner runner)
    {
        var (run, reason) = (Names.RunArgument(), LineOption.Create("--reason", "Why, in one line."));
        var command = new Command("hold", "Hold a waiting run back; it keeps its place for when it is released.")
        {
            run, reason,
        };
        runner.Change(command, (context, cancellation) => context.Operations
            .HoldRun(context.Run(run), context.Parsed.GetValue(reason), context.Operation, cancellation)
            .Then(held => RunReports.Done(held, "held")));
        return command;
    }

    /// <summary><c>release</c>: lets a held run go on.</summary>
    public static Command Release(CommandRunner runner)
    {
        var run = Names.RunArgument();
        var command = new Command("release", "Let a held run go on.") { run };
        runner.Change(command, (context, cancellation) => context.Operations
            .ReleaseRun(context.Run(run), context.Operation, cancellation)
            .Then(released => RunReports.Done(released, "released")));
        return command;
    }
}
