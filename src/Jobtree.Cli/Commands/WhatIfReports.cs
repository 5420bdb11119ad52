using Jobtree.Actors.Operations;
using Jobtree.Actors.WhatIf;
using Jobtree.Cli.Output;
using Jobtree.Core;
using Jobtree.Core.Model;

namespace Jobtree.Cli.Commands;

/// <summary>How the answers to what-if questions and dry runs are printed.</summary>
internal static class WhatIfReports
{
    /// <summary>The answer to a question.</summary>
    public static Report Answer(WhatIfReport report) => Of(report, screen => screen.Line(
        $"As of {Instant(report.At)}, looking {Humanize.Span(report.Until - report.At)} ahead. Nothing was changed."));

    /// <summary>What an apply would do.</summary>
    public static Report DryRun(WhatIfReport report) => Of(report, screen => screen.Line(
        $"Dry run as of {Instant(report.At)}. Nothing was changed."));

    private static Report Of(WhatIfReport report, Action<Screen> head) => new(
        screen =>
        {
            head(screen);
            screen.Line("");
            foreach (var document in report.Documents)
                Print(screen, document);
            Runs(screen, report);
            Cuts(screen, report);
            Promises(screen, report);
            Owners(screen, report);
            if (report.Runs.Count + report.Cuts.Count + report.Promises.Count + report.Owners.Count == 0)
                screen.Line("No run would fare differently.");
            screen.Section("Note",
                [.. report.Notes, .. report.LeftOut > 0 ? [$"{report.LeftOut} more rows are left out."]
                    : Array.Empty<string>()]);
        },
        new ViewData<WhatIfReport>(report, OperationsJson.Default.WhatIfReport));

    private static void Print(Screen screen, WhatIfDocument document)
    {
        var message = document.Message is null ? "" : $": {document.Message}";
        screen.Line($"{document.Kind.ToLowerInvariant()} {document.Name} {document.Outcome}{message}");
        foreach (var line in document.Diff ?? [])
            screen.Line($"  {line}", line[0] switch { '+' => Tone.Good, '-' => Tone.Bad, _ => Tone.Plain });
    }

    private static void Runs(Screen screen, WhatIfReport report)
    {
        if (report.Runs.Count == 0)
            return;
        screen.Line("");
        screen.Table(new TableView(
            [new("RUN"), new("OWNER", 2), new("GPUS", 1, Right: true), new("WITHOUT"), new("WITH")],
            [.. report.Runs.Select(run => new Cell[]
            {
                new(run.Run.ToString(), run.IsAsked ? Tone.Strong : Tone.Plain), run.Owner, run.Gpus,
                Outlook(run.Without, report, screen), Outlook(run.With, report, screen),
            })]));
    }

    private static string Outlook(WhatIfOutlook? outlook, WhatIfReport report, Screen screen)
    {
        if (outlook is null)
            return "-";
        var looksAhead = report.Until > report.At;
        var end = outlook.End is { } at ? $", ends {screen.At(at)}" : "";
        var start = outlook.Start is not { } begin ? looksAhead ? ", no start in that time" : ""
            : begin <= report.At ? "" : $", starts {screen.At(begin)}";
        return outlook.Phase switch
        {
            RunPhase.Running when outlook.Start is null => $"runs {Split(outlook.Gpus)}, is cut, no start after that",
            RunPhase.Running when start.Length > 0 => $"runs {Split(outlook.Gpus)}, is cut{start}{end}",
            RunPhase.Running => $"runs {Split(outlook.Gpus)}{end}",
            RunPhase.Completed or RunPhase.Failed => $"ended{end.Replace(", ends", "", StringComparison.Ordinal)}",
            RunPhase.Reserved => $"reserved{start}{end}",
            _ => $"waits{start}{end}",
        };
    }

    private static void Cuts(Screen screen, WhatIfReport report) => screen.Section("Would be cut",
        [.. report.Cuts.Select(cut =>
            $"{cut.Run}: {Counted.Of(cut.Gpus, "GPU")} of {cut.Owner}, {screen.At(cut.At)}, by {cut.Rule}"
            + $"{(cut.For is { } run ? $", for {run}" : "")}{(cut.GoesOn ? "; it goes on with the rest" : "")}")]);

    private static void Promises(Screen screen, WhatIfReport report) => screen.Section("Promised starts",
        [.. report.Promises.Select(
            promise => $"{promise.Run}: {At(promise.From, screen)} -> {At(promise.To, screen)}")]);

    private static void Owners(Screen screen, WhatIfReport report)
    {
        if (report.Owners.Count == 0)
            return;
        screen.Line("");
        screen.Table(new TableView(
            [new("OWNER"), new("GPUS WITHOUT"), new("GPUS WITH")],
            [.. report.Owners.Select(owner => new Cell[] { owner.Owner, Split(owner.Without), Split(owner.With) })]));
    }

    private static string Split(ClassSplit gpus)
    {
        var parts = Enum.GetValues<FundingClass>().Where(kind => gpus.Of(kind) > 0)
            .Select(kind => $"{Humanize.Amount(gpus.Of(kind))} {kind.ToString().ToLowerInvariant()}");
        return string.Join(", ", parts) is { Length: > 0 } text ? text : "none";
    }

    private static string At(DateTimeOffset? at, Screen screen) =>
        at is { } instant ? screen.At(instant) : "none";

    private static string Instant(DateTimeOffset at) =>
        at.UtcDateTime.ToString("u", System.Globalization.CultureInfo.InvariantCulture);
}
