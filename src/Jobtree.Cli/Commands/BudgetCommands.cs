using System.CommandLine;
using System.Globalization;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Output;
using Jobtree.Core.Model;

namespace Jobtree.Cli.Commands;

/// <summary><c>budgets</c>, <c>budgets usage</c> and <c>budgets delete</c>.</summary>
internal static class BudgetCommands
{
    private static readonly Column[] EnvelopeColumns =
    [
        new("ENVELOPE"), new("OWNER"), new("FLAVOR", 1), new("GPUS", Right: true), new("WINDOW"), new("SHARING", 3),
            new("LENDS TO", 2),
    ];

    private static readonly Column[] UsageColumns =
    [
        new("ENVELOPE"), new("OWNER", 4), new("FLAVOR", 3), new("GPUS", Right: true), new("OWNED", 5, Right: true), new(
            "SHARED", 5, Right: true),
        new("BORROWED", 5, Right: true), new("UNFUNDED", 1, Right: true), new("SPARES", 6, Right: true), new(
            "HEADROOM", Right: true),
        new("RECALLABLE", 7, Right: true), new("PROMISED", 7, Right: true), new("GPU-HOURS", 2, Right: true),
        new("WINDOW", 8),
    ];

    /// <summary>Creates the group; without a subcommand it lists.</summary>
    public static Command Create(CommandRunner runner)
    {
        var command = new Command("budgets", "List budgets and their envelopes.") { Usage(runner), Delete(runner) };
        runner.Read(command, (context, cancellation) => context.Operations.ListBudgets(cancellation).Then(List));
        return command;
    }

    private static Command Usage(CommandRunner runner)
    {
        var owner = new Option<string?>(
            "--owner") { Description = "Only envelopes of this owner and those below it.", HelpName = "owner" };
        var from = Instants.Option(
            "--from", "Sum what was used from this time on: an instant, a day, or how long ago.");
        var to = Instants.Option("--to", "The end of that time; default now.");
        var by = new Option<UsageBy>("--by") { Description = "Sum over that time by envelope, run or owner.",
            HelpName = "what" };
        var command = new Command("usage",
            "Show the use of envelopes and caps by funding class, and headroom; with --from, GPU-hours over that time.")
            { owner, from, to, by };
        command.Validators.Add(result =>
        {
            if (result.GetValue(from) is null && (result.GetValue(to) is not null || result.GetResult(by)
                is { Implicit: false }))
                result.AddError("--to and --by need --from.");
        });
        runner.Read(command, (context, cancellation) => Instants.Of(context, from) is { } begin
            ? context.Operations.UsageBetween(
                new UsageQuery { From = begin, To = Instants.Of(context, to), By = context.Parsed.GetValue(by),
                    Owner = context.Parsed.GetValue(owner) }, cancellation)
                .Then(UsageBetween.Report)
            : context.Operations.BudgetsUsage(context.Parsed.GetValue(owner), cancellation)
                .Then(UsageReport));
        return command;
    }

    private static Command Delete(CommandRunner runner)
    {
        var budget = Names.BudgetArgument();
        var command = new Command(
            "delete", "Remove a budget; claims on its envelopes lose their funding at once.") { budget };
        runner.Change(command, (context, cancellation) => context.Operations
            .DeleteBudget(context.Budget(budget), context.Operation, cancellation)
            .Then(applied => ApplyCommands.Report([applied])));
        return command;
    }

    private static Report List(IReadOnlyList<BudgetView> budgets) => new(
        screen =>
        {
            if (budgets.Count == 0)
                screen.Notice("No budgets.");
            else
                screen.Table(new TableView(EnvelopeColumns, [.. budgets.SelectMany(view => Rows(view, screen))]));
            screen.Section("Grants", [.. budgets.SelectMany(view => (view.Budget.Grants ?? []).Select(grant =>
                $"{view.Budget.Owner} grants {grant.To} {Humanize.Count(grant.Concurrency)} {grant.Flavor}: "
                + Window(grant.Start, grant.End, endingSoon: false, screen.Now).Text))]);
        },
        new ListData<BudgetView>(budgets, OperationsJson.Default.IReadOnlyListBudgetView));

    private static IEnumerable<Cell[]> Rows(BudgetView view, Screen screen) => view.Budget.Envelopes
        .Select(envelope => new Cell[]
        {
            new EnvelopeKey(view.Budget.Key, envelope.Name).ToString(),
            view.Budget.Owner,
            envelope.Flavor,
            envelope.Concurrency,
            Window(envelope.Start, envelope.End, view.EndingSoon.Contains(envelope.Name), screen.Now),
            envelope.Sharing == Sharing.Family ? "family" : "none",
            envelope.Lending is not { Allow: true } lending ? "-"
                : lending.To.Count == 0 ? "*" : string.Join(' ', lending.To),
        })
        .DefaultIfEmpty([$"{view.Budget.Key}/", view.Budget.Owner, "-", "-", "no envelopes", "-", "-"]);

    private static Report UsageReport(IReadOnlyList<EnvelopeUsage> usage) => new(
        screen =>
        {
            if (usage.Count == 0)
                screen.Notice("No envelopes.");
            else
                screen.Table(new TableView(UsageColumns, [.. usage.Select(envelope => Row(envelope, screen))]));
            foreach (var envelope in usage)
            {
                foreach (var earlier in envelope.Earlier ?? [])
                    screen.Notice($"An earlier {envelope.Envelope}, of {earlier.Owner} until "
                        + $"{earlier.Until.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}, was charged "
                        + $"{Humanize.Amount(earlier.GpuHours.Total())} GPU-hours.");
            }
        },
        new ListData<EnvelopeUsage>(usage, OperationsJson.Default.IReadOnlyListEnvelopeUsage));

    private static Cell[] Row(EnvelopeUsage usage, Screen screen) =>
    [
        usage.Envelope.ToString(),
        usage.Owner,
        usage.Flavor,
        usage.Concurrency,
        usage.Gpus.Owned,
        usage.Gpus.Shared,
        usage.Gpus.Borrowed,
        new Cell(Humanize.Amount(usage.Gpus.Unfunded), usage.Gpus.Unfunded > 0 ? Tone.Notable : Tone.Plain),
        usage.SpareGpus,
        usage.Headroom,
        usage.Recallable,
        usage.Promised,
        usage.MaxGpuHours is { } most ? $"{Humanize.Amount(usage.GpuHours.Total())} of {Humanize.Amount(most)}"
            : Humanize.Amount(usage.GpuHours.Total()),
        usage.CapOver is { } capped ? $"cap over {string.Join(", ", capped)}"
            : Window(usage.Start, usage.End, endingSoon: false, screen.Now),
    ];

    private static Cell Window(DateTimeOffset? start, DateTimeOffset? end, bool endingSoon, DateTimeOffset now)
    {
        if (start is { } opening && now < opening)
            return new Cell($"opens {Humanize.When(opening, now)}", Tone.Notable);
        if (end is not { } closing)
            return new Cell("open", Tone.Plain);
        return now >= closing ? new Cell($"closed {Humanize.When(closing, now)}", Tone.Faint)
            : new Cell($"open, ends {Humanize.When(closing, now)}{(endingSoon ? " (soon)" : "")}",
                endingSoon ? Tone.Notable : Tone.Plain);
    }
}
