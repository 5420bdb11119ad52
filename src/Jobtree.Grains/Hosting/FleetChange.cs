using Jobtree.Actors.Operations;

namespace Jobtree.Grains.Hosting;

/// <summary>A command that changed nodes, budgets or funding terms, or held or released a run.</summary>
/// <param name="Operation">The command's id.</param>
/// <param name="Applied">What became of each document or object.</param>
/// <param name="Detail">The new state, or who may lend now; absent: the outcome says it.</param>
/// <param name="Reason">Why, if the caller said so.</param>
public sealed record FleetChange(
    string Operation, IReadOnlyList<Applied> Applied, string? Detail = null, string? Reason = null);
