using System.CommandLine;
using Jobtree.Actors.Operations;
using Jobtree.Actors.WhatIf;
using Jobtree.Cli.Manifests;
using Jobtree.Cli.Output;
using Jobtree.Cli.Sessions;
using Jobtree.Manifests;

namespace Jobtree.Cli.Commands;

/// <summary><c>submit</c> and <c>apply</c>: send manifests to the fleet.</summary>
internal static class ApplyCommands
{
    /// <summary><c>submit</c>: runs only, so that a wrong file cannot change a budget.</summary>
    public static Command Submit(CommandRunner runner)
    {
        var files = FilesOption();
        var again = new Option<bool>("--again")
        {
            Description = "Runs that have ended run again, as new attempts; without it they are left unchanged.",
        };
        var dryRun = new DryRunOption();
        var command = new Command("submit", "Submit runs.") { files, again, dryRun.Option };
        runner.Apply(command, dryRun, Access.Change, (context, cancellation) => Apply(
            context, context.Parsed.GetRequiredValue(files), onlyRuns: true,
            context.Parsed.GetValue(again), dryRun.IsAsked(context.Parsed), cancellation));
        return command;
    }

    /// <summary><c>apply</c>: nodes, budgets and runs.</summary>
    public static Command Apply(CommandRunner runner)
    {
        var files = FilesOption();
        var dryRun = new DryRunOption();
        var command = new Command("apply", "Create or change nodes, budgets and runs.") { files, dryRun.Option };
        runner.Apply(command, dryRun, Access.Create, (context, cancellation) => Apply(
            context, context.Parsed.GetRequiredValue(files), onlyRuns: false,
            again: false, dryRun.IsAsked(context.Parsed), cancellation));
        return command;
    }

    /// <summary>The lines that report the result of each document.</summary>
    public static Report Report(IReadOnlyList<Applied> applied) => new(
        screen =>
        {
            foreach (var line in applied)
            {
                var message = line.Message is null ? "" : $": {line.Message}";
                screen.Line($"{line.Kind.ToLowerInvariant()} {line.Name} {line.Outcome}{message}");
            }
        },
        new ListData<Applied>(applied, OperationsJson.Default.IReadOnlyListApplied));

    private static Option<string[]> FilesOption() => new("--filename", "--file", "-f")
    {
        Description = "A file of manifests, YAML or JSON; - is standard input. May be repeated.",
        HelpName = "file",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
    };

    private static async Task<Result<Report>> Apply(
        CommandContext context, string[] files, bool onlyRuns, bool again, bool dryRun, CancellationToken cancellation)
    {
        if (!(await new ManifestFiles(context.Host.Terminal.Input).Read(files, cancellation))
            .Succeeded(out var manifests, out var problem))
            return problem;
        if (onlyRuns && manifests.Any(manifest => manifest is not RunManifest))
            return new Problem(ProblemCode.Invalid,
                "'submit' takes documents of kind Run only; use 'apply' for nodes and budgets.");
        if (dryRun)
            return await context.Operations.WhatIf(WhatIfQuestion.DryRun(manifests, again), cancellation)
                .Then(WhatIfReports.DryRun);
        return await context.Operations.Apply(manifests, context.Operation, context.TraceParent, again, cancellation)
            .Then(Report);
    }
}
