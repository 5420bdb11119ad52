using System.CommandLine;
using System.Globalization;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Output;
using Jobtree.Core.Ledger;
using Jobtree.Core.Ledger.Reading;

namespace Jobtree.Cli.Commands;

/// <summary><c>draw</c>: a decision to cut work, drawn again from its seed.</summary>
internal static class DrawCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create(CommandRunner runner)
    {
        var sequence = new Argument<long>("entry") { Description = "The number of the ledger entry." };
        sequence.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !(long.TryParse(
                result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0))
                result.AddError("The entry is a whole number from 1.");
        });
        var flavor = LedgerCommand.FlavorOption("The GPU flavor of the ledger; needed if there are several.");
        var command = new Command("draw",
            "Draw a decision to cut work again from its seed, and compare it with the ledger. Exits 1 if it differs.")
            { sequence, flavor };
        runner.Read(command, (context, cancellation) =>
            LedgerCommand.OneFlavor(context, context.Parsed.GetValue(flavor), cancellation)
            .Then(name => context.Operations.RepeatDraw(name, context.Parsed.GetValue(sequence), cancellation))
            .Then(Report));
        return command;
    }

    private static Report Report(DrawReport report) => new(
        screen => Print(screen, report),
        new ViewData<DrawReport>(report, OperationsJson.Default.DrawReport),
        report.Repeats ? ExitCode.Done : ExitCode.Refused);

    private static void Print(Screen screen, DrawReport report)
    {
        screen.Fields([
            ("For", report.For.ToString()), ("At", report.At.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)),
            ("Entry", $"{report.Flavor}/{Humanize.Count(report.Sequence)}"), ("Seed", report.Seed),
            ("Its owner's share", report.Asker is { } share ? Share(share) : null),
        ]);
        screen.Line("");
        screen.Table(new TableView(
            [
                new("CANDIDATE"), new("STEP"), new("OWNER", 2), new("TICKETS", 1, Right: true),
                new("LOSS", Right: true),
                new("SHARE", 3), new("OUTCOME"),
            ],
            [.. report.Candidates.Select(Row)]));
        screen.Line("");
        screen.Table(new TableView(
            [new("DRAW", Right: true), new("RECORDED"), new("AGAIN"), new("CHANCE", 1)],
            [.. report.Draws.Select((draw, i) => new Cell[]
            {
                i + 1, draw.Run.ToString(),
                new Cell(draw.Again?.ToString() ?? "nobody", draw.Again == draw.Run ? Tone.Good : Tone.Bad),
                $"{Humanize.Count(draw.Tickets)} in {Humanize.Count(draw.TicketsOfAll)}",
            })]));
        screen.Line("");
        if (report.Repeats)
            screen.Line("The draw repeats.", Tone.Good);
        foreach (var difference in report.Differences)
            screen.Line($"It differs: {difference}.", Tone.Bad);
    }

    private static Cell[] Row(DrawCandidate candidate) =>
    [
        candidate.Run.ToString(),
        candidate.Step.ToString(),
        candidate.Owner,
        candidate.Gpus is { } gpus ? (Cell)gpus : "-",
        candidate.Loss is { } loss ? $"{Humanize.Count(loss)} GPU-s" : "-",
        candidate.Share is { } share ? Share(share) : "-",
        candidate.IsSpared ? new Cell("spared", Tone.Good) : candidate.IsDrawn ? new Cell("cut", Tone.Bad)
            : new Cell("not drawn", Tone.Faint),
    ];

    private static string Share(OwnerShare share) =>
        $"{Humanize.Count(share.Gpus)} of {Humanize.Count(share.Concurrency)}";
}
