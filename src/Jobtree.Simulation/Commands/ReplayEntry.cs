using System.Collections.Immutable;
using Jobtree.Core.Scheduling;
using Jobtree.Simulation.Replay;

namespace Jobtree.Simulation.Commands;

/// <summary>One line of the comparison: a scheduler with its options, to be run once per seed.</summary>
/// <param name="Name">The name in tables and plots.</param>
/// <param name="Scheduler">The scheduler.</param>
/// <param name="Options">The options, with the first seed.</param>
/// <param name="Seeds">The seeds.</param>
internal sealed record ReplayEntry(
    string Name, IReplayScheduler Scheduler, ReplayOptions Options, ImmutableArray<ulong> Seeds)
{
    /// <summary>
    /// The entries of a comparison: each subject in each order, then the baselines, which draw nothing.
    /// </summary>
    /// <param name="subjects">The schedulers under test.</param>
    /// <param name="orders">Whom they serve first; at least one.</param>
    /// <param name="baselines">The schedulers for comparison.</param>
    /// <param name="options">The options, with the first seed.</param>
    /// <param name="seeds">How many seeds.</param>
    public static ImmutableArray<ReplayEntry> Of(
        ImmutableArray<IReplayScheduler> subjects, ImmutableArray<ServingOrder> orders,
        ImmutableArray<IReplayScheduler> baselines, ReplayOptions options, int seeds) =>
    [
        .. subjects.SelectMany(subject => orders.Select(order => new ReplayEntry(
            orders.Length == 1 ? subject.Name : $"{subject.Name}, {order.ToString().ToLowerInvariant()}",
            subject,
            options with { Serving = order },
            [.. Enumerable.Range(0, seeds).Select(index => options.Seed + (ulong)index)]))),
        .. baselines.Select(baseline => new ReplayEntry(baseline.Name, baseline, options, [options.Seed])),
    ];
}
