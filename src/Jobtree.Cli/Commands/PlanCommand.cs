using System.CommandLine;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Manifests;
using Jobtree.Cli.Output;
using Jobtree.Core;
using Jobtree.Manifests;

namespace Jobtree.Cli.Commands;

/// <summary><c>plan</c>: the decision that admission would make for a run now.</summary>
internal static class PlanCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create(CommandRunner runner)
    {
        var run = Names.RunArgument(optional: true);
        var file = new Option<string?>("--filename", "--file", "-f")
        {
            Description = "A file with the one run to plan, not submitted; - is standard input.", HelpName = "file",
        };
        var whatIf = new WhatIfOptions();
        var command = new Command("plan", "Show what admission would do with a run now, or with --what-if what changes "
            + "would do to everybody. Changes nothing.") { run, file };
        whatIf.AddTo(command);
        command.Validators.Add(result =>
        {
            var given = (result.GetValue(run) is null ? 0 : 1) + (result.GetValue(file) is null ? 0 : 1);
            if (whatIf.IsAsked(result) && given > 0)
                result.AddError("--what-if takes files of its own; give no run and no -f FILE beside it.");
            else if (!whatIf.IsAsked(result) && given != 1)
                result.AddError("Give a run, -f FILE, or --what-if FILE..., one of them.");
        });
        runner.Read(command, (context, cancellation) => whatIf.IsAsked(context.Parsed)
            ? WhatIf(context, whatIf, cancellation)
            : Find(context, context.RunOrNone(run), context.Parsed.GetValue(file), cancellation)
                .Then(found => context.Operations.PlanRun(found, cancellation))
                .Then(Report));
        return command;
    }

    private static async Task<Result<Report>> WhatIf(
        CommandContext context, WhatIfOptions options, CancellationToken cancellation)
    {
        IReadOnlyList<Manifest>? manifests = [];
        if (context.Parsed.GetValue(options.Files) is { Length: > 0 } files
            && !(await new ManifestFiles(context.Host.Terminal.Input).Read(files, cancellation))
                .Succeeded(out manifests, out var problem))
            return problem;
        return await context.Operations.WhatIf(options.Question(context, manifests ?? []), cancellation)
            .Then(WhatIfReports.Answer);
    }

    private static async Task<Result<RunManifest>> Find(
        CommandContext context, Core.Model.RunKey? run, string? file, CancellationToken cancellation)
    {
        if (run is { } key)
            return await context.Operations.GetRun(key, cancellation);
        if (!(await new ManifestFiles(context.Host.Terminal.Input).Read([file!], cancellation))
            .Succeeded(out var manifests, out var problem))
            return problem;
        return manifests is [RunManifest only] ? only : new Problem(
            ProblemCode.Invalid, "Expected exactly one document, of kind Run.");
    }

    private static Report Report(Plan plan) => new(
        screen =>
        {
            screen.Line(Summary(plan, screen), plan.Outcome == "bound" ? Tone.Good : Tone.Notable);
            if (plan.Claims.Count > 0)
            {
                screen.Line("");
                screen.Table(new TableView(
                    [new("GROUP", Right: true), new("GPUS", Right: true), new("CLASS"), new("PAYER")],
                    [.. plan.Claims.Select(Row)]));
            }
            screen.Section("Slots", [.. plan.Slots.Select(slots => slots.ToString())]);
            screen.Section("Would be cut, unfunded", [.. plan.Cuts.Select(cut => cut.ToString())]);
            screen.Section("Why not now", plan.Reasons);
            screen.Section("Sooner with", plan.Remedies);
        },
        new ViewData<Plan>(plan, OperationsJson.Default.Plan));

    private static string Summary(Plan plan, Screen screen)
    {
        var when = plan.Eta is { } eta
            ? $", starts {screen.At(eta.Median)}, nine times in ten before {screen.At(eta.P90)}" : "";
        var missing = plan.DeficitGPUs > 0 ? $", {Counted.Of(plan.DeficitGPUs, "GPU")} missing now" : "";
        return $"{plan.Run}: {plan.Outcome}{missing}{when}";
    }

    private static Cell[] Row(PlannedClaim claim) => [claim.Group, claim.Gpus, claim.Class, claim.Payer?.ToString()];
}
