using Jobtree.Silo.Chaos;
using Jobtree.Silo.Chaos.Faults;
using Jobtree.Silo.Chaos.Load;
using Jobtree.Silo.Tests.Servers;

namespace Jobtree.Silo.Tests.Chaos;

/// <summary>
/// The short version of <c>./jobtree chaos</c>: each story under load, and after it everything is checked that the long
/// one checks.
/// </summary>
public sealed class ChaosTests(ChaosFixture fixture) : IClassFixture<ChaosFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [RedisFact]
    public async Task Each_silo_is_killed_in_turn_and_nothing_is_lost_or_done_twice()
    {
        await Story(async (run, cancellation) =>
        {
            foreach (var silo in run.Cluster.Silos)
            {
                await run.Faults.Strike(FaultKind.KillSilo, silo, TimeSpan.Zero);
                foreach (var flavor in ChaosFleet.Flavors)
                    await run.Failovers.Next(flavor, cancellation);
                await run.Healthy(cancellation);
            }
        });
    }

    [RedisFact]
    public async Task A_paused_silo_is_declared_dead_gets_nothing_in_and_comes_back_as_another()
    {
        var dead = fixture.Run.Faults.DeclaredDead;
        await Story(async (run, cancellation) =>
        {
            await run.Faults.Strike(FaultKind.PauseSilo, run.Cluster.Silos[0], TimeSpan.FromSeconds(1));
            foreach (var flavor in ChaosFleet.Flavors)
                await run.Failovers.Next(flavor, cancellation);
        });
        Assert.Equal(dead + 1, fixture.Run.Faults.DeclaredDead);
    }

    [RedisFact]
    public async Task Redis_is_killed_and_comes_back_and_then_does_not_answer_for_a_while()
    {
        await Story(async (run, cancellation) =>
        {
            foreach (var fault in (FaultKind[])[FaultKind.KillRedis, FaultKind.PauseRedis])
            {
                await run.Faults.Strike(fault, run.Cluster.Silos[0], TimeSpan.FromSeconds(2));
                foreach (var flavor in ChaosFleet.Flavors)
                    await run.Failovers.Next(flavor, cancellation);
            }
        });
    }

    [RedisFact]
    public async Task Nodes_and_budgets_are_taken_away_while_a_silo_is_killed()
    {
        await Story(async (run, cancellation) =>
        {
            var fleet = Enum.GetValues<FleetFaultKind>().Select(
                kind => run.FleetFaults.Strike(kind, TimeSpan.FromSeconds(3)));
            await Task.WhenAll([
                .. fleet, run.Faults.Strike(FaultKind.KillSilo, run.Cluster.Silos[1], TimeSpan.Zero)]);
        });
    }

    private async Task Story(Func<ChaosRun, CancellationToken, Task> story)
    {
        var run = fixture.Run;
        using var patience = new CancellationTokenSource(Patience);
        await run.Round(cancellation => story(run, cancellation), patience.Token);
        Assert.True(run.Findings.Count == 0,
            $"{string.Join('\n', run.Findings.All.Take(20))}\nLogs and Redis' file are in {run.Cluster.Folder}");
    }
}
