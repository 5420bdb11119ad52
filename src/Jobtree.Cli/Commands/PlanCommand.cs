using System.CommandLine;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Manifests;
using Jobtree.Cli.Output;
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
        var command = new Command(
            "plan", "Show what admission would do with a run now. Changes nothing.") { run, file };
        command.Validators.Add(result =>
        {
            if (result.GetValue(run) is null == result.GetValue(file) is null)
                result.AddError("Give a run or -f FILE, one of both.");
        });
        runner.Read(command, (context, cancellation) =>
            Find(context, context.RunOrNone(run), context.Parsed.GetValue(file), cancellation)
            .Then(found => context.Operations.PlanRun(found, cancellation))
            .Then(Report));
        return command;
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
        var missing = plan.DeficitGPUs > 0 ? $", {plan.DeficitGPUs} GPUs missing now" : "";
        return $"{plan.Run}: {plan.Outcome}{missing}{when}";
    }

    private static Cell[] Row(PlannedClaim claim) => [claim.Group, claim.Gpus, claim.Class, claim.Payer?.ToString()];
}
