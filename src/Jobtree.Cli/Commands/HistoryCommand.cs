using System.CommandLine;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Output;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Cli.Commands;

/// <summary><c>history</c>: the runs that ended.</summary>
internal static class HistoryCommand
{
    private static readonly Column[] Columns =
    [
        new("RUN"), new("PHASE"), new("REASON", 2), new("GPUS", 1, Right: true), new("FLAVOR", 3), new("OWNER", 4),
        new("WAITED", 5, Right: true), new("RAN", 1, Right: true), new("ENDED", 1, Right: true),
        new("GPU-HOURS", 6, Right: true),
    ];

    /// <summary>Creates the command.</summary>
    public static Command Create(CommandRunner runner)
    {
        var run = Names.RunArgument(optional: true);
        run.Description = "Only the submissions of this run; absent: all runs.";
        var all = new Option<bool>("--all-namespaces", "-A") { Description = "List the runs of every namespace." };
        var owner = new Option<string?>(
            "--owner") { Description = "Only runs of this owner and those below it.", HelpName = "owner" };
        var flavor = new Option<string?>(
            "--flavor") { Description = "Only runs on this GPU flavor.", HelpName = "flavor" };
        var phase = RunCommands.PhaseOption("--phase", "Only runs that ended in this phase: Completed or Failed.");
        var from = Instants.Option(
            "--from", "Only runs that ended from this time on: an instant, a day, or how long ago.");
        var to = Instants.Option("--to", "Only runs that ended before this time.");
        var limit = Pages.LimitOption();
        var command = new Command("history",
            "List the runs that ended, the last to end first, also those that 'list' no longer shows.")
            { run, all, owner, flavor, phase, from, to, limit };
        runner.Read(command, (context, cancellation) =>
        {
            var only = context.Parsed.GetValue(run) is null ? default(RunKey?) : context.Run(run);
            var query = new HistoryQuery
            {
                Namespace = only?.Namespace ?? (context.Parsed.GetValue(all) ? null : context.Namespace),
                Name = only?.Name,
                Owner = context.Parsed.GetValue(owner),
                Flavor = context.Parsed.GetValue(flavor),
                Phase = context.Parsed.GetValue(phase),
                From = Instants.Of(context, from),
                To = Instants.Of(context, to),
            };
            return Pages
                .Read(context, context.Parsed.GetValue(limit), (size, next) =>
                    context.Operations.ListHistory(query with { Limit = size, Continue = next }, cancellation))
                .Then(runs => List(runs, query));
        });
        return command;
    }

    private static Report List(IReadOnlyList<RunManifest> runs, HistoryQuery query) => new(
        screen =>
        {
            if (runs.Count == 0)
                screen.Notice(query.Namespace is null ? "No such run has ended in any namespace."
                    : $"No such run has ended in namespace {query.Namespace}; --all-namespaces lists those of all.");
            else
                screen.Table(new TableView(Columns, [.. runs.Select(run => Row(run, screen))]));
        },
        new ManifestData(runs));

    private static Cell[] Row(RunManifest run, Screen screen)
    {
        var status = run.Status;
        var end = status?.FinishedAt;
        return
        [
            run.Key.ToString(),
            status?.Phase is { } phase ? phase : "-",
            status?.Conditions.FirstOrDefault(condition => condition is
                { Type: ConditionType.Completed or ConditionType.Failed, Status: true })?.Reason,
            run.Spec.Resources.TotalGPUs,
            run.Spec.Resources.GpuType,
            run.Spec.Owner,
            Span(status?.SubmittedAt, status?.StartedAt ?? end),
            Span(status?.StartedAt, end),
            end is { } at ? Humanize.When(at, screen.Now) : "-",
            Humanize.Amount(status?.Funding?.GpuHours.Total() ?? 0),
        ];
    }

    private static string Span(DateTimeOffset? from, DateTimeOffset? to) =>
        from is { } begin && to is { } end ? Humanize.Span(end - begin) : "-";
}
