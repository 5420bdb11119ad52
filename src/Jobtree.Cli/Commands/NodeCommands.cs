using System.CommandLine;
using Jobtree.Actors.Operations;
using Jobtree.Cli.Output;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Cli.Commands;

/// <summary><c>nodes</c> and the commands for one node.</summary>
internal static class NodeCommands
{
    private const int ReasonLengthMax = 1024;

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
            SetState(runner, "fence", NodeState.Fenced, "Declare a node dead; refused while it has open leases."),
            Delete(runner),
        };
        runner.Read(command, (context, cancellation) =>
        {
            var query = new NodeQuery { Flavor = context.Parsed.GetValue(flavor), Domain = context.Parsed.GetValue(
                domain) };
            return Pages
                .Read(context, context.Parsed.GetValue(limit), (size, next) =>
                    context.Operations.ListNodes(query with { Limit = size, Continue = next }, cancellation))
                .Then(Report);
        });
        return command;
    }

    private static Command SetState(CommandRunner runner, string name, NodeState state, string description)
    {
        var node = Names.NameArgument("node", "The node.");
        var reason = new Option<string?>("--reason") { Description = "Why, in one line.", HelpName = "text" };
        reason.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text
                && (text.Length > ReasonLengthMax || text.Any(char.IsControl)))
                result.AddError($"--reason takes one line of at most {ReasonLengthMax} characters.");
        });
        var command = new Command(name, description) { node, reason };
        runner.Change(command, (context, cancellation) => context.Operations
            .SetNodeState(context.Text(node), state, Environment.UserName, context.Parsed.GetValue(reason),
                context.Operation, cancellation)
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

    private static Report Report(IReadOnlyList<NodeView> nodes) => new(
        screen =>
        {
            if (nodes.Count == 0)
                screen.Notice("No nodes.");
            else
                screen.Table(new TableView(Columns, [.. nodes.Select(Row)]));
        },
        new ListData<NodeView>(nodes, OperationsJson.Default.IReadOnlyListNodeView));

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
