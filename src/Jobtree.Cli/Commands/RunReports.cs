using System.Globalization;
using Jobtree.Cli.Output;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Cli.Commands;

/// <summary>How runs are printed.</summary>
internal static class RunReports
{
    private static readonly Column[] Columns =
    [
        new("RUN"), new("PHASE"), new("GPUS", 1, Right: true), new("FLAVOR", 2), new("OWNER", 3), new(
            "AGE", 4, Right: true), new("MESSAGE", 5),
    ];

    /// <summary>Shown only if some run waits in a queue.</summary>
    private static readonly Column Queue = new("QUEUE", 4, Right: true);

    /// <summary>Shown only if a workload has reported when it expects to end.</summary>
    private static readonly Column Ends = new("ENDS", 4);

    /// <summary>One line per run.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="home">The namespace of which they were asked for; null: all.</param>
    public static Report List(IReadOnlyList<RunManifest> runs, string? home) => new(
        screen =>
        {
            if (runs.Count == 0)
                screen.Notice(home is null ? "No runs in any namespace."
                    : $"No runs in namespace {home}; --all-namespaces lists those of all.");
            else
                screen.Table(Table(runs, screen));
        },
        new ManifestData(runs));

    /// <summary>Everything about one run.</summary>
    public static Report Details(RunManifest run) => new(
        screen =>
        {
            screen.Fields(Fields(run, screen));
            var conditions = run.Status?.Conditions ?? [];
            if (conditions.Count == 0)
                return;
            screen.Line("");
            screen.Table(new TableView(
                [new("CONDITION"), new("STATUS"), new("REASON"), new("SINCE", 2), new("MESSAGE", 1)],
                [.. conditions.Select(condition => ConditionRow(condition, screen))]));
        },
        new ManifestData([run], single: true));

    /// <summary>The result of a command on a run, in one line.</summary>
    /// <param name="run">The run after the command.</param>
    /// <param name="done">The action, such as <c>cancelled</c>.</param>
    public static Report Done(RunManifest run, string done) => new(
        screen => screen.Line($"run {run.Key} {done}{(run.Status is { } status ? $", now {status.Phase}" : "")}"),
        new ManifestData([run], single: true));

    private static TableView Table(IReadOnlyList<RunManifest> runs, Screen screen)
    {
        var (anyQueued, anyEnds) = (runs.Any(IsQueued), runs.Any(run => End(run) is not null));
        return new TableView(
            [.. Columns[..^1], .. Only(anyQueued, Queue), .. Only(anyEnds, Ends), Columns[^1]],
            [.. runs.Select(run => Row(run, screen)).Zip(runs, (row, run) => (Cell[])
                [.. row[..^1], .. Only<Cell>(anyQueued, IsQueued(run) ? Place(run, "/") : "-"),
                    .. Only<Cell>(anyEnds, End(run) is { } end ? Humanize.When(end, screen.Now) : "-"), row[^1]])]);
    }

    private static T[] Only<T>(bool isShown, T item) => isShown ? [item] : [];

    private static bool IsQueued(RunManifest run) =>
        run.Status is { Queue: not null, Phase: RunPhase.Pending or RunPhase.Reserved };

    private static string Place(RunManifest run, string between) =>
        $"{Humanize.Count(run.Status!.Queue!.Position)}{between}{Humanize.Count(run.Status.Queue.Of)}";

    private static DateTimeOffset? End(RunManifest run) =>
        run.Status is { Phase: RunPhase.Running, Eta: { } eta } ? eta.Median : null;

    private static Cell[] Row(RunManifest run, Screen screen) =>
    [
        run.Key.ToString(),
        run.Status?.Phase is { } phase ? phase : "-",
        Width(run),
        run.Spec.Resources.GpuType,
        run.Spec.Owner,
        Humanize.Age(run.Status?.SubmittedAt, screen.Now),
        run.Status?.Message,
    ];

    private static string Width(RunManifest run) =>
        run.Status is { Width: { } width, Phase: not (RunPhase.Completed or RunPhase.Failed) }
            && width.Allocated != run.Spec.Resources.TotalGPUs
            ? $"{width.Allocated}/{run.Spec.Resources.TotalGPUs}"
            : Humanize.Count(run.Spec.Resources.TotalGPUs);

    private static (string Name, string? Value)[] Fields(RunManifest run, Screen screen)
    {
        var (spec, status) = (run.Spec, run.Status);
        return
        [
            ("Run", run.Key.ToString()),
            ("Owner", spec.Owner),
            ("Phase", status?.Phase.ToString()),
            ("Message", status?.Message),
            ("Asks for", $"{spec.Resources.TotalGPUs} x {spec.Resources.GpuType}{Grouping(spec)}"),
            ("Width", status?.Width is { } width
                ? $"{width.Allocated} of {width.Desired}, {width.Pending} pending (least {width.Min}, most {width.Max})"
                : null),
            ("Expected", spec.Runtime?.ExpectedDuration is { } expected ? Humanize.Span(expected) : null),
            ("Checkpoint", spec.Runtime?.Checkpoint is { } checkpoint ? $"every {Humanize.Span(checkpoint)}" : null),
            ("After", spec.Follow is { } follow ? string.Join(", ", follow.After) : null),
            ("Held by", status?.Hold is { } hold ? $"{hold.By}{(hold.Reason is { } why ? $": {why}" : "")}" : null),
            ("Roles", spec.Workload?.Roles is { } roles ? string.Join(", ", roles.Select(
                role => $"{role.Width} {role.Name} of {role.GpusPerPod}")) : null),
            ("Sponsors", spec.Funding?.Sponsors is { Count: > 0 } sponsors ? string.Join(", ", sponsors) : null),
            ("Submitted", At(status?.SubmittedAt, screen)),
            ("Starts", status is { Eta: { } eta, Phase: not RunPhase.Running }
                ? $"{screen.At(eta.Median)}, nine times in ten before {screen.At(eta.P90)}" : null),
            ("Queue", IsQueued(run) ? Place(run, " of ") : null),
            ("Started", At(status?.StartedAt, screen)),
            ("Ends", status is { Eta.Median: var end, Phase: RunPhase.Running }
                ? $"{screen.At(end)}, as its workload reports" : null),
            ("Finished", At(status?.FinishedAt, screen)),
            ("Attempt", status?.Attempt > 1 ? Humanize.Count(status.Attempt) : null),
            .. TelemetryFields(status?.Telemetry, screen),
            ("GPUs", Split(status?.Funding?.Gpus)),
            ("GPU-hours", Split(status?.Funding?.GpuHours)),
            ("Lenders", status?.Funding?.Lenders is { Count: > 0 } lenders ? string.Join(", ", lenders) : null),
        ];
    }

    private static IEnumerable<(string Name, string? Value)> TelemetryFields(RunTelemetry? telemetry, Screen screen) =>
        telemetry is null ? [] :
        [
            ("Progress", telemetry.Progress is { } progress ? Humanize.Percent(progress) : null),
            ("Epoch", telemetry.Epoch is { } epoch ? Number(epoch) : null),
            ("Loss", telemetry.Loss is { } loss ? Number(loss) : null),
            ("GPU use", telemetry.GpuUtilization is { } used ? Humanize.Percent(used) : null),
            ("GPU memory", telemetry.GpuMemoryBytes is { } gpuBytes ? Humanize.Bytes(gpuBytes) : null),
            ("CPU use", telemetry.CpuCores is { } cores ? $"{Number(cores)} cores" : null),
            ("Memory", telemetry.MemoryBytes is { } bytes ? Humanize.Bytes(bytes) : null),
            ("Reported", screen.At(telemetry.ReportedAt)),
        ];

    private static string Number(double number) => number.ToString("G5", CultureInfo.InvariantCulture);

    private static string Grouping(RunSpec spec) =>
        (spec.Locality?.GroupGPUs is { } group ? $" in groups of {group}" : "")
            + (spec.Locality?.Level is { } level ? $", {level.ToString().ToLowerInvariant()} "
                + spec.Locality.LevelPolicy.ToString().ToLowerInvariant() : "");

    private static string? At(DateTimeOffset? at, Screen screen) => at is { } instant ? screen.At(instant) : null;

    private static string? Split(ClassSplit? split)
    {
        if (split is not { } amounts || amounts.Total() == 0)
            return null;
        var parts = new[]
        {
            (amounts.Owned, "owned"), (amounts.Shared, "shared"), (amounts.Borrowed, "borrowed"),
                (amounts.Unfunded, "unfunded"),
        };
        return string.Join(", ", parts.Where(part => part.Item1 != 0)
            .Select(part => $"{Humanize.Amount(part.Item1)} {part.Item2}"));
    }

    private static Cell[] ConditionRow(Condition condition, Screen screen) =>
    [
        condition.Type.ToString(),
        condition.Status ? "True" : new Cell("False", Tone.Faint),
        condition.Reason,
        condition.Since is { } since ? Humanize.When(since, screen.Now) : "-",
        condition.Message,
    ];
}
