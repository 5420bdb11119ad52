using System.CommandLine;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Output;
using Jobtree.Core.Ledger.Reading;
using Jobtree.Core.Model;

namespace Jobtree.Cli.Commands;

/// <summary>
/// <c>explain</c>: the phase of a run, what blocks it, which runs are ahead, what would start it sooner, and when.
/// </summary>
internal static class ExplainCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create(CommandRunner runner)
    {
        var run = Names.RunArgument();
        var command = new Command("explain",
            "Say where a run is, why not further, who is ahead, what would help, and when it starts.") { run };
        runner.Read(command, (context, cancellation) => context.Operations.ExplainRun(context.Run(run), cancellation)
            .Then(Report));
        return command;
    }

    private static Report Report(Explanation explanation) => new(
        screen =>
        {
            screen.Line(explanation.Where, Cell.ToneOf(explanation.Phase));
            if (explanation.Eta is { } eta)
                screen.Section("When", [explanation.Phase == RunPhase.Running
                    ? $"ends {screen.At(eta.Median)}, as its workload reports"
                    : $"{screen.At(eta.Median)} as likely as not; nine times in ten before {screen.At(eta.P90)}"]);
            screen.Section("Why not yet", explanation.WhyNot);
            screen.Section(explanation.Queue is { } place
                ? $"Ahead of it ({Humanize.Count(place.Position)} of {Humanize.Count(place.Of)} in the queue)"
                : "Ahead of it", explanation.Ahead);
            screen.Section("What would start it sooner", explanation.Sooner);
            screen.Section("Who pays", explanation.Funding);
            screen.Section("What it gave up", [.. (explanation.Losses ?? []).Select(loss =>
                $"{screen.At(loss.At)}, by entry {loss.Flavor}/{Humanize.Count(loss.Sequence)}: it {loss.Text}")]);
            if (explanation.Receipt is { } receipt)
                Print(screen, receipt);
        },
        new ViewData<Explanation>(explanation, OperationsJson.Default.Explanation));

    private static void Print(Screen screen, CutReceipt receipt)
    {
        var draw = receipt.Seed is { } seed
            ? $"seed {seed}; 'draw {Humanize.Count(receipt.Sequence)} --flavor {receipt.Flavor}' draws it again" : null;
        IReadOnlyList<string?> why =
        [
            $"{screen.At(receipt.At)}, by entry {receipt.Flavor}/{Humanize.Count(receipt.Sequence)}: {receipt.Rule}",
            receipt.For is null ? null : $"for {receipt.For}, which {receipt.Claim ?? "needed the GPUs"}",
            .. receipt.Funding ?? [],
            receipt.Lot,
            draw,
        ];
        screen.Section("Why it was cut", [.. why.OfType<string>()]);
        screen.Section("It would have been spared, had it been", receipt.Spared);
    }
}
