using Jobtree.Actors.Directories;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Local;

/// <summary>The directory in this process: its actor behind a lane.</summary>
internal sealed class LocalDirectory(DirectoryActor actor) : IDirectory
{
    private readonly Lane lane = new();

    public DirectoryActor Actor => actor;

    public ValueTask<Result<BudgetOutcomes>> PutBudgets(IReadOnlyList<Budget> put) =>
        Turn(put, static (directory, put) => directory.PutBudgets(put));

    public ValueTask<Result<bool>> RemoveBudget(string budget) =>
        Turn(budget, static (directory, budget) => directory.RemoveBudget(budget));

    public ValueTask<Result<NodeOutcomes>> RegisterNodes(IReadOnlyList<Node> nodes) =>
        Turn(nodes, static (directory, nodes) => directory.RegisterNodes(nodes));

    public ValueTask ForgetNode(string node) =>
        lane.Turn((actor, node), static call => call.actor.ForgetNode(call.node));

    public ValueTask<string?> FlavorOf(string node) => Turn(node, static (directory, node) => directory.FlavorOf(node));

    public ValueTask<IReadOnlyList<Budget>> Budgets() => Turn(true, static (directory, _) => directory.Budgets());

    public ValueTask<IReadOnlyList<string>> Flavors() => Turn(true, static (directory, _) => directory.Flavors());

    public ValueTask Resume() => lane.Turn(actor, static directory => directory.Resume());

    public ValueTask<(long Sequence, byte[] State)> Snapshot() =>
        Turn(true, static (directory, _) => ValueTask.FromResult(directory.Snapshot()));

    private ValueTask<TAnswer> Turn<TMessage, TAnswer>(
        TMessage message, Func<DirectoryActor, TMessage, ValueTask<TAnswer>> turn) =>
        lane.Turn((actor, message, turn), static call => call.turn(call.actor, call.message));
}
