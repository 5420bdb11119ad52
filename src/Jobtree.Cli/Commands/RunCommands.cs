using System.CommandLine;
using Jobtree.Actors.Operations;
using Jobtree.Core;
using Jobtree.Core.Model;

namespace Jobtree.Cli.Commands;

/// <summary><c>list</c>, <c>get</c>, <c>cancel</c> and <c>complete</c>.</summary>
internal static class RunCommands
{
    /// <summary><c>list</c>: the runs of one namespace or of all namespaces.</summary>
    public static Command List(CommandRunner runner)
    {
        var all = new Option<bool>("--all-namespaces", "-A") { Description = "List the runs of every namespace." };
        var owner = new Option<string?>(
            "--owner") { Description = "Only runs of this owner and those below it.", HelpName = "owner" };
        var flavor = new Option<string?>(
            "--flavor") { Description = "Only runs on this GPU flavor.", HelpName = "flavor" };
        var phase = PhaseOption("--phase", "Only runs in this phase.");
        var limit = Pages.LimitOption();
        var command = new Command("list", "List runs.") { all, owner, flavor, phase, limit };
        runner.Read(command, (context, cancellation) =>
        {
            var query = new RunQuery
            {
                Namespace = context.Parsed.GetValue(all) ? null : context.Namespace,
                Owner = context.Parsed.GetValue(owner),
                Flavor = context.Parsed.GetValue(flavor),
                Phase = context.Parsed.GetValue(phase),
            };
            return Pages
                .Read(context, context.Parsed.GetValue(limit), (size, next) =>
                    context.Operations.ListRuns(query with { Limit = size, Continue = next }, cancellation))
                .Then(runs => RunReports.List(runs, query.Namespace));
        });
        return command;
    }

    /// <summary><c>get</c>: everything about one run.</summary>
    public static Command Get(CommandRunner runner)
    {
        var run = Names.RunArgument();
        var command = new Command("get", "Show a run with its status.") { run };
        runner.Read(command, (context, cancellation) => context.Operations.GetRun(context.Run(run), cancellation)
            .Then(RunReports.Details));
        return command;
    }

    /// <summary><c>shrink</c>: lowers the width of an elastic run.</summary>
    public static Command Shrink(CommandRunner runner)
    {
        var run = Names.RunArgument();
        var by = new Option<int>("--by")
        {
            Description = "How many GPUs less than it has: whole steps of the run.", HelpName = "gpus", Required = true,
        };
        by.MustBePositive();
        var command = new Command("shrink", "Shrink an elastic run by its highest groups; it does not grow back.")
        {
            run, by,
        };
        runner.Change(command, (context, cancellation) => context.Operations
            .ShrinkRun(context.Run(run), context.Parsed.GetValue(by), context.Operation, cancellation)
            .Then(shrunk => RunReports.Done(
                shrunk, $"wants {Counted.Of(shrunk.Spec.Malleable?.DesiredTotalGPUs ?? 0, "GPU")} now")));
        return command;
    }

    /// <summary><c>cancel</c>: ends a waiting or running run.</summary>
    public static Command Cancel(CommandRunner runner)
    {
        var run = Names.RunArgument();
        var command = new Command("cancel", "Cancel a run, waiting or running.") { run };
        runner.Change(command, (context, cancellation) => context.Operations
            .CancelRun(context.Run(run), context.Operation, cancellation)
            .Then(cancelled => RunReports.Done(cancelled, "cancelled")));
        return command;
    }

    /// <summary><c>complete</c>: reports the end of a running run's workload.</summary>
    public static Command Complete(CommandRunner runner)
    {
        var run = Names.RunArgument();
        var failed = new Option<bool>("--failed") { Description = "It did not end well." };
        var message = LineOption.Create("--message", "What to show for it, such as an exit code.");
        var attempt = new Option<int?>("--attempt")
        {
            Description = "Which start of the run the report is of; needed when there was more than one.",
            HelpName = "number",
        };
        attempt.MustBePositive();
        var command = new Command("complete", "Report the end of a running run's workload.")
        {
            run, failed, message, attempt,
        };
        runner.Change(command, (context, cancellation) =>
        {
            var succeeded = !context.Parsed.GetValue(failed);
            return context.Operations
                .CompleteRun(context.Run(run), succeeded, context.Parsed.GetValue(message), context.Operation,
                    context.Parsed.GetValue(attempt), cancellation)
                .Then(ended => RunReports.Done(ended, succeeded ? "completed" : "reported as failed"));
        });
        return command;
    }

    /// <summary>An option for a phase, case-insensitive.</summary>
    public static Option<RunPhase?> PhaseOption(string name, string description)
    {
        var names = Enum.GetNames<RunPhase>();
        var option = new Option<RunPhase?>(name)
        {
            Description = description,
            HelpName = string.Join('|', names),
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (Array.Find(names, phase => phase.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } known)
                    return Enum.Parse<RunPhase>(known);
                result.AddError($"{name} takes one of {string.Join(", ", names)}, not '{text}'.");
                return null;
            },
        };
        option.CompletionSources.Add(names);
        return option;
    }
}
