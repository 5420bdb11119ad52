using System.CommandLine;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Output;
using Jobtree.Core.Json;
using Jobtree.Manifests;
using Jobtree.Manifests.Reading;
using Jobtree.Core.Model;

namespace Jobtree.Cli.Commands;

/// <summary><c>nodes</c> and the commands for one node.</summary>
internal static class NodeCommands
{
    private static readonly Column[] Columns =
    [
        new("NODE"), new("FLAVOR", 2), new("STATE"), new("GPUS", 1, Right: true), new("USED", Right: true),
        new("FREE", Right: true), new("DOMAIN", 3), new("LABELS", 4),
    ];

    /// <summary>Creates the group; without a subcommand it lists.</summary>
    public static Command Create(CommandRunner runner)
    {
        var flavor = new Option<string?>(
            "--flavor") { Description = "Only nodes of this GPU flavor.", HelpName = "flavor" };
        var domain = new Option<string?>(
            "--domain") { Description = "Only nodes of this fabric domain.", HelpName = "domain" };
        var limit = Pages.LimitOption();
        var command = new Command("nodes", "List nodes.")
        {
            flavor, domain, limit,
            SetState(runner, "cordon", NodeState.Cordoned, "Place nothing new on a node; work there goes on."),
            SetState(runner, "uncordon", NodeState.Ready, "Let a node take new work."),
            Drain(runner),
            SetState(runner, "fence", NodeState.Fenced, "Declare a node dead: the leases on it end. Spares take over; "
                + "other runs shrink, go back to the queue or fail."),
            Delete(runner),
        };
        runner.Read(command, (context, cancellation) =>
        {
            var query = new NodeQuery { Flavor = context.Parsed.GetValue(flavor), Domain = context.Parsed.GetValue(
                domain) };
            return Pages
                .Read(context, context.Parsed.GetValue(limit), (size, next) =>
                    context.Operations.ListNodes(query with { Limit = size, Continue = next }, cancellation))
                .Then(nodes => Report(nodes, context.Host));
        });
        return command;
    }

    /// <summary><c>drain</c>: cordons a node that is to be empty by an instant.</summary>
    private static Command Drain(CommandRunner runner)
    {
        var (node, reason) = (Names.NameArgument("node", "The node."), ReasonOption());
        var by = new Option<string?>("--by")
        {
            Description = "When it is to be empty: an instant, or a time from now such as 4h.",
            HelpName = "instant|duration",
            Required = true,
        };
        by.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && InstantOf(text, DateTimeOffset.UnixEpoch) is null)
                result.AddError($"--by takes {Timestamp.Allowed}, or {Duration.Allowed}, not '{text}'.");
        });
        var command = new Command("drain", "Have a node empty by an instant: nothing is placed there that would "
            + "outlast it; work there goes on.") { node, by, reason };
        runner.Change(command, (context, cancellation) => context.Operations
            .SetNodeState(context.Text(node), NodeState.Draining, Environment.UserName, context.Parsed.GetValue(reason),
                context.Operation, InstantOf(context.Parsed.GetRequiredValue(by)!, context.Host.Time.GetUtcNow()),
                cancellation)
            .Then(applied => ApplyCommands.Report([applied])));
        return command;
    }

    private static DateTimeOffset? InstantOf(string text, DateTimeOffset now)
    {
        if (Timestamp.TryParse(text, out var instant))
            return instant;
        return Duration.TryParse(text, out var span) && span < DateTimeOffset.MaxValue - now ? now + span : null;
    }

    private static Option<string?> ReasonOption() => LineOption.Create("--reason", "Why, in one line.");

    private static Command SetState(CommandRunner runner, string name, NodeState state, string description)
    {
        var (node, reason) = (Names.NameArgument("node", "The node."), ReasonOption());
        var command = new Command(name, description) { node, reason };
        runner.Change(command, (context, cancellation) => context.Operations
            .SetNodeState(context.Text(node), state, Environment.UserName, context.Parsed.GetValue(reason),
                context.Operation, cancellation: cancellation)
            .Then(applied => ApplyCommands.Report([applied])));
        return command;
    }

    private static Command Delete(CommandRunner runner)
    {
        var node = Names.NameArgument("node", "The node.");
        var command = new Command("delete", "Remove a node that has no open lease.") { node };
        runner.Change(command, (context, cancellation) => context.Operations
            .DeleteNode(context.Text(node), context.Operation, cancellation)
            .Then(applied => ApplyCommands.Report([applied])));
        return command;
    }

    private static Report Report(IReadOnlyList<NodeView> nodes, CliHost host) => new(
        screen =>
        {
            if (nodes.Count == 0)
                screen.Notice("No nodes.");
            else if (nodes.All(static view => Empty(view, default) is null))
                screen.Table(new TableView(Columns, [.. nodes.Select(Row)]));
            else
                screen.Table(new TableView([.. Columns, new("EMPTY", 1)],
                    [.. nodes.Select(view => (Cell[])[.. Row(view), EmptyCell(view, host.Time.GetUtcNow())])]));
        },
        new ListData<NodeView>(nodes, OperationsJson.Default.IReadOnlyListNodeView));

    /// <summary>When a node that takes no new work is to be empty, and when it is expected to be.</summary>
    private static string? Empty(NodeView view, DateTimeOffset now)
    {
        var due = view.Node.EmptyBy is { } by ? $"due {Humanize.When(by, now)}" : null;
        var expected = view.EmptyExpected is { } end ? $"expected {Humanize.When(end, now)}" : null;
        return due is null ? expected : expected is null ? due : $"{due}, {expected}";
    }

    private static Cell EmptyCell(NodeView view, DateTimeOffset now) =>
        Empty(view, now) is { } text ? new Cell(text, view.IsOverdue == true ? Tone.Bad : Tone.Plain) : new Cell("-");

    private static Cell[] Row(NodeView view) =>
    [
        view.Node.Name,
        view.Node.Flavor,
        view.Node.State,
        view.Node.Gpus,
        view.Used,
        view.Free,
        view.Node.Domain().Name,
        string.Join(' ', view.Node.Labels
            .Where(label => label.Key != NodeLabels.FabricDomain)
            .OrderBy(label => label.Key, StringComparer.Ordinal)
            .Select(label => $"{label.Key}={label.Value}")),
    ];
}
