using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Simulation.Faults.Hosting;

namespace Jobtree.Simulation.Faults.Checks;

/// <summary>
/// A run that asks for no admission is held, or follows a run that has not completed; its flavor does not know it.
/// </summary>
/// <param name="world">The fleet.</param>
internal sealed class KeptBackCheck(World world)
{
    /// <summary>How late a run may act on the end of its grace: clocks differ, and a silo may be away.</summary>
    private static readonly TimeSpan LateMax = TimeSpan.FromMinutes(8);

    /// <summary>Checks a run that is waiting.</summary>
    public void Check(RunRecord record)
    {
        var state = world.Watch.LedgerOf(record.Spec.Resources.GpuType).State;
        if (state.Running.ContainsKey(record.Key) || state.Queue.Find(record.Key) is not null)
            Found(6, "what is held or follows is in no queue",
                $"{record.Key} is {record.Reason}, and {state.Flavor} knows it");
        else if (record.Hold is null && record.Gate is null)
            Found(13, "no run is kept back by nothing", $"{record.Key} waits, but nobody holds it and it follows none");
        else if (record.Gate is not null)
            CheckUpstreams(record);
    }

    private void CheckUpstreams(RunRecord record)
    {
        var upstreams = record.Spec.Follow!.After.Select(
            name => world.Watch.Runs.GetValueOrDefault(new RunKey(record.Key.Namespace, name))).ToArray();
        if (Array.TrueForAll(upstreams, upstream => upstream?.Phase == RunPhase.Completed))
            Found(13, "who follows goes on", $"all that {record.Key} follows has completed, and it does not know");
        var grace = record.Spec.Follow.Grace ?? Follow.GraceDefault;
        foreach (var upstream in upstreams.Where(upstream => upstream is null or { Phase: RunPhase.Failed }))
        {
            var since = upstream?.FinishedAt is { } ended && ended > record.SubmittedAt ? ended : record.SubmittedAt;
            if (since + grace + LateMax < world.Loop.Time)
                Found(13, "who follows gives up",
                    $"{record.Key} still waits for a run that is {upstream?.Phase.ToString() ?? "missing"} since "
                    + $"{since:O}");
        }
    }

    private void Found(int invariant, string rule, string what) =>
        world.Watch.Found(new Violation(invariant, rule, what));
}
