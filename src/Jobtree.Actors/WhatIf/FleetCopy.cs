using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Actors.Stepping;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.WhatIf;

/// <summary>
/// The state of a fleet, from which fleets are made that go on as it would. Each flavor is copied at one instant of its
/// own. Of run actors only those are copied that somebody waits for or asks about: all that a flavor decides by is in
/// the flavor.
/// </summary>
/// <param name="At">The instant from which the copies go on.</param>
/// <param name="Flavors">The flavors, in order.</param>
/// <param name="Budgets">The budgets.</param>
/// <param name="Runs">The copied run actors.</param>
internal sealed record FleetCopy(
    DateTimeOffset At, IReadOnlyList<CopiedFlavor> Flavors, IReadOnlyList<Budget> Budgets,
    IReadOnlyList<RunRecord> Runs)
{
    /// <summary>The most runs that wait or run in a fleet that can be copied: about 200 MB.</summary>
    public const int RunsMax = 100_000;

    /// <summary>The most runs that follow others in a fleet that can be copied.</summary>
    private const int FollowersMax = 10_000;

    /// <summary>Copies a fleet.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="asked">Runs whose actors are to be in the copy.</param>
    /// <param name="now">The current instant.</param>
    public static async ValueTask<Result<FleetCopy>> Take(
        IFleet fleet, IEnumerable<RunKey> asked, DateTimeOffset now)
    {
        var flavors = new List<CopiedFlavor>();
        foreach (var name in await fleet.Directory().Flavors())
        {
            var copy = await fleet.Flavor(name).Copy();
            flavors.Add(new CopiedFlavor(name, copy));
            if (flavors.Sum(flavor => flavor.Copy.State.Running.Count + flavor.Copy.State.Waiting.Count) > RunsMax)
                return new Problem(ProblemCode.LimitReached,
                    $"What-if copies fleets of at most {RunsMax} waiting and running runs; this one has more.");
        }
        var runs = await new RunGathering(fleet, FollowersMax).Gather(asked);
        var at = flavors.Select(flavor => flavor.Copy.State.At).Append(now).Max();
        return new FleetCopy(at, flavors, await fleet.Directory().Budgets(), runs);
    }

    /// <summary>A fleet in this state, before it was resumed.</summary>
    /// <param name="clock">The fleet's clock.</param>
    /// <param name="journals">Makes the actors' journals.</param>
    public SteppedFleet Open(TimeProvider clock, Func<ActorKey, IJournal> journals)
    {
        var fleet = new SteppedFleet(new SteppedFleetOptions
        {
            Time = clock,
            Journals = journals,
            Scheduler = Flavors.Select(flavor => flavor.Copy.Options).FirstOrDefault() ?? new SchedulerOptions(),
        });
        fleet.RestoreDirectory(Budgets, Flavors.ToDictionary(
            flavor => flavor.Name, flavor => flavor.Copy.State.Nodes.Select(node => node.Name)));
        foreach (var flavor in Flavors)
            fleet.Restore(flavor.Name, flavor.Copy.State);
        foreach (var run in Runs)
        {
            if ((fleet.State(run.Spec.Resources.GpuType) is { } state ? run.In(state) : run) is { } present)
                fleet.Restore(present);
        }
        return fleet;
    }
}

/// <summary>A flavor in a copy.</summary>
/// <param name="Name">The flavor.</param>
/// <param name="Copy">Its state and options.</param>
internal sealed record CopiedFlavor(string Name, FlavorCopy Copy);
