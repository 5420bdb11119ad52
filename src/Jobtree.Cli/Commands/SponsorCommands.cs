using System.CommandLine;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Output;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Cli.Commands;

/// <summary><c>sponsors list</c> and <c>sponsors add</c>: the owners from whom a run may borrow.</summary>
internal static class SponsorCommands
{
    /// <summary>Creates the group.</summary>
    public static Command Create(CommandRunner runner) =>
        new("sponsors", "From whom a run may borrow.") { List(runner), Add(runner) };

    private static Command List(CommandRunner runner)
    {
        var run = Names.RunArgument();
        var command = new Command("list", "List a run's sponsors, and what each would lend it.") { run };
        runner.Read(command, (context, cancellation) => context.Operations
            .GetRun(context.Run(run), cancellation)
            .Then(found => Report(context.Operations, found, cancellation)));
        return command;
    }

    private static Command Add(CommandRunner runner)
    {
        var run = Names.RunArgument();
        var owner = Names.OwnerArgument("owner", "The owner to borrow from, such as org:lab.");
        var command = new Command("add", "Add a sponsor to a waiting run, and let it borrow.") { run, owner };
        runner.Change(command, (context, cancellation) => context.Operations
            .AddSponsor(context.Run(run), context.Text(owner), context.Operation, cancellation)
            .Then(changed => RunReports.Done(changed, $"may borrow from {context.Text(owner)}")));
        return command;
    }

    private static async Task<Result<Report>> Report(
        IOperations operations, RunManifest run, CancellationToken cancellation)
    {
        if (!(await operations.ListBudgets(cancellation)).Succeeded(out var budgets, out var problem)
            || !(await operations.BudgetsUsage(cancellation: cancellation)).Succeeded(out var usage, out problem))
            return problem;
        return Report(run, budgets, usage);
    }

    private static Report Report(RunManifest run, IReadOnlyList<BudgetView> budgets, IReadOnlyList<EnvelopeUsage> usage)
    {
        var sponsors = run.Spec.Funding?.Sponsors ?? [];
        var headroom = usage.ToDictionary(envelope => envelope.Envelope);
        return new Report(
            screen =>
            {
                if (sponsors.Count == 0)
                {
                    screen.Line($"{run.Key} has no sponsors; add one with: sponsors add {run.Key} OWNER", Tone.Faint);
                    return;
                }
                screen.Table(new TableView(
                    [new("SPONSOR"), new("ENVELOPE"), new("LENDS"), new("MOST", 2, Right: true),
                        new("HEADROOM", 1, Right: true)],
                    [.. sponsors.SelectMany(sponsor => Rows(run, sponsor, budgets, headroom))]));
                if (run.Spec.Funding?.AllowBorrow != true)
                    screen.Notice("The run does not borrow: funding.allowBorrow is false.");
            },
            new ManifestData([run], single: true));
    }

    private static IEnumerable<Cell[]> Rows(
        RunManifest run, string sponsor, IReadOnlyList<BudgetView> budgets,
            Dictionary<EnvelopeKey, EnvelopeUsage> headroom)
    {
        var rows =
            from view in budgets
            where view.Budget.Owner == sponsor
            from envelope in view.Budget.Envelopes
            where envelope.Flavor == run.Spec.Resources.GpuType
            let key = new EnvelopeKey(view.Budget.Key, envelope.Name)
            let use = headroom.GetValueOrDefault(key)
            select new Cell[]
            {
                sponsor, key.ToString(), Lends(envelope, use, run.Spec.Owner),
                envelope.Lending?.MaxConcurrency is { } most ? most : "-", use is null ? "-" : use.Headroom,
            };
        return rows.DefaultIfEmpty(
            [sponsor, $"none of {run.Spec.Resources.GpuType}", new Cell("no", Tone.Notable), "-", "-"]);
    }

    private static Cell Lends(Envelope envelope, EnvelopeUsage? use, string? owner) => envelope.Lending switch
    {
        not { Allow: true } => new Cell("no", Tone.Notable),
        var lending when owner is null || !lending.IsFor(owner) =>
            new Cell("not to this owner", Tone.Notable),
        _ when use?.Open == false => new Cell("not now: window closed", Tone.Notable),
        _ => new Cell("yes", Tone.Good),
    };
}
