using System.CommandLine;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Output;
using Jobtree.Manifests;

namespace Jobtree.Cli.Commands;

/// <summary><c>leases</c>: which run holds which slots, and who pays.</summary>
internal static class LeaseCommand
{
    private static readonly Column[] Columns =
    [
        new("ID", 3, Right: true), new("RUN"), new("GROUP", 6, Right: true), new("GPUS", Right: true), new("SLOTS"),
            new("ROLE", 5), new("CLASS"),
        new("PAYER", 1), new("AGE", 2, Right: true), new("REASON", 7), new("ENDED", 4),
    ];

    /// <summary>Creates the command.</summary>
    public static Command Create(CommandRunner runner)
    {
        var run = Names.RunArgument(optional: true);
        var flavor = new Option<string?>(
            "--flavor") { Description = "Only leases on this GPU flavor.", HelpName = "flavor" };
        var node = new Option<string?>("--node") { Description = "Only leases on this node.", HelpName = "node" };
        var ended = new Option<bool>("--ended") { Description = "Ended leases as well, as far as they are kept." };
        var at = Instants.Option("--at", "Those that were open at this past time, with their classes then.");
        var limit = Pages.LimitOption();
        var command = new Command(
            "leases", "List leases: who holds which slots, paid by whom.") { run, flavor, node, ended, at, limit };
        runner.Read(command, (context, cancellation) =>
        {
            var query = new LeaseQuery
            {
                Run = context.RunOrNone(run),
                Flavor = context.Parsed.GetValue(flavor),
                Node = context.Parsed.GetValue(node),
                IncludeEnded = context.Parsed.GetValue(ended),
                At = Instants.Of(context, at),
            };
            return Pages
                .Read(context, context.Parsed.GetValue(limit), (size, next) =>
                    context.Operations.ListLeases(query with { Limit = size, Continue = next }, cancellation))
                .Then(Report);
        });
        return command;
    }

    private static Report Report(IReadOnlyList<LeaseManifest> leases) => new(
        screen =>
        {
            if (leases.Count == 0)
            {
                screen.Notice("No leases.");
                return;
            }
            var columns = leases.Any(lease => lease.End is not null) ? Columns : Columns[..^1];
            screen.Table(new TableView(columns, [.. leases.Select(lease => Row(lease, screen)[..columns.Length])]));
        },
        new ManifestData(leases));

    private static Cell[] Row(LeaseManifest manifest, Screen screen)
    {
        var (lease, end) = (manifest.Lease, manifest.End);
        return
        [
            lease.Id,
            lease.Run.ToString(),
            lease.Group,
            lease.Gpus(),
            string.Join(' ', lease.Slots.Select(slots => slots.ToString())),
            lease.Role.ToString(),
            manifest.Class is { } fundingClass ? fundingClass : "-",
            lease.Payer?.ToString(),
            Humanize.Age(lease.Start, screen.Now),
            lease.Reason.ToString(),
            end is null ? "-" : new Cell($"{Humanize.When(end.At, screen.Now)}, {end.Reason}", Tone.Faint),
        ];
    }
}
