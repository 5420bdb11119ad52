using Jobtree.Core.Model;

namespace Jobtree.Execution.Processes;

/// <summary>One process of a run: what it holds on one node in one group.</summary>
/// <param name="Number">The rank, from 0.</param>
/// <param name="Group">The placement group.</param>
/// <param name="Slots">Its node and GPUs.</param>
internal sealed record Rank(int Number, int Group, NodeSlots Slots);
