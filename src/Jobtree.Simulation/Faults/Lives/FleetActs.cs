using System.Globalization;
using Jobtree.Actors.Operations;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Simulation.Faults.Lives;

/// <summary>What operators do with nodes and budgets.</summary>
internal static class FleetActs
{
    private const ulong Which = 1;
    private const ulong When = 2;
    private const int NodesMax = 8;
    private const int DrainMin = 4;
    private const int DrainMax = 60;

    /// <summary>Puts the life's nodes and budgets there, before anything else happens.</summary>
    public static void Furnish(Player player)
    {
        foreach (var node in player.Life.Nodes)
            Put(player, $"furnish {node.Name}", StoryWords.Put(node), new NodeManifest(node));
        foreach (var budget in player.Life.Budgets)
            Put(player, $"furnish {budget.Name}", StoryWords.Put(budget), new BudgetManifest(budget));
    }

    /// <summary>Cordons a node.</summary>
    public static void Cordon(Player player, Step step) => SetState(player, step, NodeState.Cordoned);

    /// <summary>Readies a node.</summary>
    public static void Uncordon(Player player, Step step) => SetState(player, step, NodeState.Ready);

    /// <summary>Fences a node.</summary>
    public static void Fence(Player player, Step step) => SetState(player, step, NodeState.Fenced);

    /// <summary>Fences a node on which something runs.</summary>
    public static void FenceUnderWork(Player player, Step step)
    {
        var nodes = player.States.SelectMany(flavor => flavor.Fleet.Nodes.Where(
            node => flavor.Fleet.UsedSlots(node.Name) != 0));
        SetState(player, step, nodes, NodeState.Fenced);
    }

    /// <summary>Drains a node by an instant.</summary>
    public static void Drain(Player player, Step step)
    {
        var nodes = player.States.SelectMany(flavor => flavor.Fleet.Nodes);
        var minutes = DrainMin + player.ChanceOf(step).Below(DrainMax, When);
        SetState(player, step, nodes, NodeState.Draining, player.World.Loop.Time.AddMinutes(minutes));
    }

    /// <summary>Adds a node, or changes one.</summary>
    public static void PutNode(Player player, Step step)
    {
        var draws = new Draws(player.ChanceOf(step));
        var node = new SettingDraws(draws).NodeOf(draws.Between(0, NodesMax - 1), 2);
        Put(player, RunActs.OperationOf(step), StoryWords.Put(node), new NodeManifest(node));
    }

    /// <summary>Removes a node.</summary>
    public static void RemoveNode(Player player, Step step)
    {
        if (player.ChanceOf(step).Pick(player.Nodes, Which) is { } node)
            player.Client.Do(new Command(RunActs.OperationOf(step), $"delete-node {node}",
                async (operations, operation) => (await operations.DeleteNode(node, operation)).Problem));
    }

    /// <summary>Adds or changes a budget.</summary>
    public static void PutBudget(Player player, Step step)
    {
        var draws = new Draws(player.ChanceOf(step));
        var budget = new SettingDraws(draws).BudgetOf(draws.Of(SettingDraws.Owners));
        Put(player, RunActs.OperationOf(step), StoryWords.Put(budget), new BudgetManifest(budget));
    }

    /// <summary>Deletes a budget.</summary>
    public static void DeleteBudget(Player player, Step step)
    {
        var budgets = player.States.SelectMany(state => state.Funding.Budgets).Select(budget => budget.Key);
        if (player.ChanceOf(step).Pick(budgets, Which) is { } budget)
            player.Client.Do(new Command(RunActs.OperationOf(step), $"delete-budget {budget}",
                async (operations, operation) => (await operations.DeleteBudget(budget, operation)).Problem));
    }

    private static void SetState(Player player, Step step, NodeState state) => SetState(player, step,
        player.States.SelectMany(flavor => flavor.Fleet.Nodes).Where(node => node.State != state), state);

    private static void SetState(
        Player player, Step step, IEnumerable<Node> nodes, NodeState state, DateTimeOffset? emptyBy = null)
    {
        if (player.ChanceOf(step).Pick(nodes.Select(node => node.Name), Which) is { } node)
            player.Client.Do(new Command(RunActs.OperationOf(step),
                $"{state.ToString().ToLower(CultureInfo.InvariantCulture)} {node}", async (operations, operation) =>
                (await operations.SetNodeState(node, state, "sim", null, operation, emptyBy)).Problem));
    }

    private static void Put(Player player, string operation, string words, Manifest manifest) =>
        player.Client.Do(new Command(operation, words, async (operations, id) =>
            (await operations.Apply([manifest], id)).Problem));
}
