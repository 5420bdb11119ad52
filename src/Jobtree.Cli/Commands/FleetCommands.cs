using System.CommandLine;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Output;
using Jobtree.Core;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Journal;

namespace Jobtree.Cli.Commands;

/// <summary><c>reservations</c>, <c>flavors</c> and <c>audit</c>: the fleet as a whole.</summary>
internal static class FleetCommands
{
    /// <summary><c>reservations</c>: which runs will start when and where.</summary>
    public static Command Reservations(CommandRunner runner)
    {
        var flavor = new Option<string?>(
            "--flavor") { Description = "Only reservations on this GPU flavor.", HelpName = "flavor" };
        var command = new Command(
            "reservations", "List pending reservations in queue order, with their forecasts.") { flavor };
        runner.Read(command, (context, cancellation) => context.Operations
            .ListReservations(context.Parsed.GetValue(flavor), cancellation)
            .Then(ReservationReport));
        return command;
    }

    /// <summary><c>flavors</c>: capacity, usage and queue length per flavor.</summary>
    public static Command Flavors(CommandRunner runner)
    {
        var command = new Command("flavors", "Show each GPU flavor: capacity, use, queue and backlog.");
        runner.Read(command, (context, cancellation) => context.Operations.ListFlavors(cancellation)
            .Then(FlavorReport));
        return command;
    }

    /// <summary><c>audit</c>: whether the invariants hold, also shown by the exit code.</summary>
    public static Command Audit(CommandRunner runner)
    {
        var data = new Option<string?>(
            "--data") { Description = "Check the data folder of a silo from its first record, live or not, " +
                "instead of asking a server.", HelpName = "folder" };
        var segments = new Option<string[]>(
            "--segments") { Description = "With --data: a folder to which segments of the journal were moved; may be " +
                "repeated. Without them the check begins at the oldest snapshot.", HelpName = "folder" };
        var ledger = new Option<string?>(
            "--ledger") { Description = "Check an exported ledger ('ledger export'), or a folder of them, from the " +
                "file alone.", HelpName = "file" };
        var command = new Command(
            "audit", "Check the invariants and the hash chain of every ledger. Exits 1 when one is broken.")
            { data, segments, ledger };
        command.Validators.Add(result =>
        {
            if (result.GetValue(data) is not null && result.GetValue(ledger) is not null)
                result.AddError("Give --data or --ledger, not both.");
            if (result.GetValue(data) is null && result.GetValue(segments) is { Length: > 0 })
                result.AddError("--segments belongs to --data.");
        });
        runner.Read(command, (context, cancellation) =>
            (context.Parsed.GetValue(data) is { } folder
                ? Files(() => FolderAudit.Run(folder, context.Parsed.GetValue(segments), cancellation), cancellation)
            : context.Parsed.GetValue(ledger) is { } file
                ? Files(() => LedgerFileAudit.Run(file, cancellation), cancellation)
            : context.Operations.Audit(cancellation)).Then(AuditReport));
        return command;
    }

    private static Task<Result<AuditReport>> Files(Func<AuditReport> audit, CancellationToken cancellation) =>
        Task.Run(() => Audit(audit), cancellation);

    private static Result<AuditReport> Audit(Func<AuditReport> audit)
    {
        try
        {
            return audit();
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            return new Problem(ProblemCode.NotFound, refusal.Message);
        }
    }

    private static Report ReservationReport(IReadOnlyList<ReservationView> reservations) => new(
        screen =>
        {
            if (reservations.Count == 0)
                screen.Notice("No pending reservations.");
            else
                screen.Table(new TableView(
                    [
                        new("RUN"), new("FLAVOR", 4), new("STARTS"), new("RESTS ON", 1), new("MOVED", 2),
                        new("90% BEFORE", 2), new("MISSING", 1, Right: true), new("SCOPE", 3),
                        new("HELD", 6, Right: true), new("PAYERS", 5), new("SLICE", 7),
                    ],
                    [.. reservations.Select(view => Row(view, screen))]));
        },
        new ListData<ReservationView>(reservations, OperationsJson.Default.IReadOnlyListReservationView));

    private static Cell[] Row(ReservationView view, Screen screen) =>
    [
        view.Reservation.Run.ToString(),
        view.Flavor,
        screen.At(view.Reservation.EarliestStart),
        view.Reservation.Basis?.ToString().ToLowerInvariant() ?? "-",
        Moves(view.Reservation),
        screen.At(view.Eta.P90),
        view.Reservation.DeficitGPUs,
        view.Scope,
        view.Confidence is { } confidence ? Humanize.Percent(confidence) : "-",
        string.Join(' ', view.Reservation.Payers),
        string.Join(' ', view.Reservation.IntendedSlice),
    ];

    /// <summary>How often the promised start was moved later, and why at last.</summary>
    private static string Moves(Reservation reservation) => reservation.Moved is not { } moved ? "-"
        : $"{reservation.Moves}: {moved.Cause.ToString().ToLowerInvariant()} {moved.By}".TrimEnd();

    private static Report FlavorReport(IReadOnlyList<FlavorView> flavors) => new(
        screen =>
        {
            if (flavors.Count == 0)
                screen.Notice("No flavors: the fleet has no nodes.");
            else
                screen.Table(new TableView(
                    [
                        new("FLAVOR"), new("NODES", 5, Right: true), new("GPUS", Right: true), new("USED", Right: true),
                            new("FREE", Right: true),
                        new("UNFUNDED", 4, Right: true), new("FRAGMENTED", 6, Right: true),
                        new("STRANDED", 7, Right: true), new("WAITING", 1, Right: true),
                        new("RESERVED", 1, Right: true), new("DEMAND", 3, Right: true), new("BACKLOG", 2, Right: true),
                    ],
                    [.. flavors.Select(Row)]));
        },
        new ListData<FlavorView>(flavors, OperationsJson.Default.IReadOnlyListFlavorView));

    private static Cell[] Row(FlavorView flavor) =>
    [
        flavor.Flavor,
        NodeCounts(flavor.Nodes),
        flavor.Gpus,
        flavor.Used,
        flavor.Free,
        flavor.ByClass.Unfunded,
        Humanize.Percent(flavor.Fragmentation),
        flavor.Stranded is { } stranded ? string.Join('/', stranded.OrderBy(group => group.Key)
            .Select(group => Humanize.Count(group.Value))) : "-",
        flavor.Waiting,
        flavor.Reserved,
        flavor.DemandGpus,
        Humanize.Span(flavor.Backlog),
    ];

    private static string NodeCounts(IReadOnlyDictionary<NodeState, int> nodes)
    {
        var ready = nodes.GetValueOrDefault(NodeState.Ready);
        var all = nodes.Values.Sum();
        return ready == all ? Humanize.Count(all) : $"{ready}/{all}";
    }

    private static Report AuditReport(AuditReport audit) => new(
        screen =>
        {
            if (audit.Begins is { } begins)
                screen.Line(begins);
            screen.Line($"{Counted.Of(audit.Records, "ledger record")} and {Counted.Of(audit.Leases, "lease")} "
                + "checked.");
            foreach (var (flavor, head) in audit.Heads.OrderBy(head => head.Key, StringComparer.Ordinal))
                screen.Line(head.Length == 0 ? $"  {flavor}: no entry yet" : $"  {flavor}: head {head}");
            if (audit.Violations.Count == 0)
            {
                screen.Line("Every invariant that applies holds.", Tone.Good);
                return;
            }
            screen.Line(audit.Violations.Count == 1 ? "One violation:" : $"{audit.Violations.Count} violations:",
                Tone.Bad);
            screen.Table(new TableView(
                [new("INVARIANT", Right: true), new("WHERE"), new("WHAT")],
                [.. audit.Violations.Select(
                    violation => new Cell[] { violation.Invariant, violation.Where, violation.What })]));
        },
        new ViewData<AuditReport>(audit, OperationsJson.Default.AuditReport),
        audit.Violations.Count == 0 ? ExitCode.Done : ExitCode.Refused);
}
