using System.CommandLine;
using System.Globalization;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Output;
using Jobtree.Core.Ledger.Reading;

namespace Jobtree.Cli.Commands;

/// <summary><c>events</c>: what happened to a run, and who asked for it.</summary>
internal static class EventsCommand
{
    private static readonly Column[] Columns = [new("TIME"), new("EVENT"), new("BY", 2), new("ENTRY", 3), new("WHAT")];

    /// <summary>Creates the command.</summary>
    public static Command Create(CommandRunner runner)
    {
        var run = Names.RunArgument();
        var command = new Command("events", "Tell what happened to a run, when, why, and who asked for it.") { run };
        runner.Read(command, (context, cancellation) =>
            context.Operations.RunEvents(context.Run(run), cancellation).Then(Report));
        return command;
    }

    private static Report Report(RunEvents history) => new(
        screen =>
        {
            foreach (var gap in history.Gaps)
                screen.Notice(gap);
            screen.Table(new TableView(Columns, [.. history.Events.Select(Row)]));
        },
        new ViewData<RunEvents>(history, OperationsJson.Default.RunEvents));

    private static Cell[] Row(RunHappening happened) =>
    [
        happened.At.UtcDateTime.ToString("u", CultureInfo.InvariantCulture),
        new Cell(happened.Kind, happened.Kind switch
        {
            "Bound" or "Grown" or "Swapped" or "Completed" => Tone.Good,
            "Cut" or "NodeFailure" or "RunFailed" => Tone.Bad,
            "Moved" or "Lapsed" or "Shrunk" or "Spared" => Tone.Notable,
            _ => Tone.Plain,
        }),
        happened.By,
        happened.Sequence > 0 ? (Cell)happened.Sequence : "-",
        happened.Text,
    ];
}
