using System.CommandLine;
using Jobtree.Cli.Commands;
using Jobtree.Cli.Completion;

namespace Jobtree.Cli;

/// <summary>All commands of <c>kubectl-runs</c>.</summary>
internal static class CommandTree
{
    /// <summary>Creates the tree.</summary>
    /// <param name="host">The external dependencies of the commands.</param>
    public static RootCommand Create(CliHost host)
    {
        var globals = new GlobalOptions();
        var runner = new CommandRunner(host, globals);
        var root = new RootCommand(
            "Submits, explains and watches runs on a Jobtree fleet: on a server, or in a state file (--state).")
        {
            ApplyCommands.Submit(runner),
            ApplyCommands.Apply(runner),
            RunCommands.List(runner),
            RunCommands.Get(runner),
            HistoryCommand.Create(runner),
            PlanCommand.Create(runner),
            ExplainCommand.Create(runner),
            WatchCommand.Create(runner),
            RunCommands.Shrink(runner),
            RunCommands.Cancel(runner),
            HoldCommands.Hold(runner),
            HoldCommands.Release(runner),
            RunCommands.Complete(runner),
            LogsCommand.Create(runner),
            LeaseCommand.Create(runner),
            EventsCommand.Create(runner),
            LedgerCommand.Create(runner),
            DrawCommand.Create(runner),
            BudgetCommands.Create(runner),
            SponsorCommands.Create(runner),
            NodeCommands.Create(runner),
            FleetCommands.Reservations(runner),
            FleetCommands.Flavors(runner),
            FleetCommands.Audit(runner),
            AuditLogCommand.Create(runner),
            ClusterCommands.Create(runner),
            WhoAmICommand.Create(runner),
            SignInCommands.Login(runner),
            SignInCommands.Logout(runner),
            ExportCommand.Create(runner),
            CompletionCommands.Scripts(host.Terminal.Out),
        };
        root.Add(CompletionCommands.Answers(host.Terminal.Out, root));
        globals.AddTo(root);
        return root;
    }
}
