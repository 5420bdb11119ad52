using Jobtree.Actors.Flavors;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Simulation.Faults.Hosting;
using Jobtree.Simulation.Faults.Lives;

namespace Jobtree.Simulation.Faults.Checks;

/// <summary>
/// What must hold when nothing has failed for a while and everything is delivered: all actors agree, what was
/// acknowledged is there, what can start has started.
/// </summary>
/// <param name="world">The fleet.</param>
/// <param name="client">What was commanded.</param>
internal sealed class FinalChecks(World world, Client client)
{
    private FleetWatch Watch => world.Watch;

    /// <summary>Checks everything.</summary>
    public void Check()
    {
        foreach (var ledger in Watch.Ledgers.Values)
        {
            ledger.Leases.CheckUnchanged(ledger.State);
            CheckLive(ledger);
            CheckRebuilt(ledger);
            CheckHolders(ledger.State);
            new RestCheck(ledger.State, Watch.Found).Check();
        }
        foreach (var run in Watch.Runs.Values)
            CheckRun(run);
        new AcknowledgementCheck(world, client).Check();
        new MeterCheck(world).Check();
        CheckBudgets();
    }

    private void CheckLive(LedgerWatch ledger)
    {
        if (world.Place(new ActorKey(ActorKind.Flavor, ledger.State.Flavor)) is not FlavorHost live)
            return;
        if (live.State.Sequence != ledger.State.Sequence)
            Watch.Found(new Violation(9, "the live state is the ledger's",
                $"{ledger.State.Flavor} is at entry {live.State.Sequence}, its ledger at {ledger.State.Sequence}"));
        else
            ledger.CompareWith(live.State, "the live flavor");
        if (live.HasUndelivered)
            Watch.Found(new Violation(13, "everything is delivered", $"{ledger.State.Flavor} has undelivered facts"));
    }

    private void CheckRebuilt(LedgerWatch ledger)
    {
        var log = world.Store.LogOf(new ActorKey(ActorKind.Flavor, ledger.State.Flavor));
        var flavor = new FlavorActor(ledger.State.Flavor, NoJournal.Instance, TimeProvider.System,
            world.Options.Scheduler);
        log.Recover().Into(flavor.Restore, flavor.Replay);
        ledger.CompareWith(flavor.State, "a flavor from snapshot and journal");
    }

    private void CheckHolders(FlavorState state)
    {
        foreach (var run in state.Running.Keys.Concat(state.Queue.Runs.Select(waiting => waiting.Demand.Run)))
        {
            if (!Watch.Runs.TryGetValue(run, out var record))
                Watch.Found(new Violation(6, "what a flavor knows was submitted",
                    $"{run} is in {state.Flavor}, but was never submitted"));
            else if (record.IsOver || record.Spec.Resources.GpuType != state.Flavor)
                Watch.Found(new Violation(6, "no ended run holds or waits",
                    $"{run} is {record.Phase}, but is in {state.Flavor}"));
        }
    }

    private void CheckRun(RunRecord record)
    {
        if (record.IsOver)
            return;
        if (record.Phase == RunPhase.Waiting)
        {
            new KeptBackCheck(world).Check(record);
            return;
        }
        var state = Watch.LedgerOf(record.Spec.Resources.GpuType).State;
        var isRunning = state.Running.TryGetValue(record.Key, out var running);
        var phase = isRunning ? RunPhase.Running : state.Queue.Find(record.Key) is { } waiting
            ? (waiting.Reservation is null ? RunPhase.Pending : RunPhase.Reserved) : (RunPhase?)null;
        if (!record.IsDecided || phase is null)
            Watch.Found(new Violation(12, "every open run is known to its flavor",
                $"{record.Key} is {record.Phase} (decided: {record.IsDecided}), and {state.Flavor} "
                + (phase is null ? "does not know it" : $"has it as {phase}")));
        else if (record.Phase != phase)
            Watch.Found(new Violation(6, "a run agrees with its flavor",
                $"{record.Key} is {record.Phase}, and {state.Flavor} has it as {phase}"));
        else if (isRunning && (running!.Demand.Attempt != record.Attempt || running.Gpus() != record.Gpus))
            Watch.Found(new Violation(6, "a run agrees with its flavor",
                $"{record.Key} is at attempt {record.Attempt} with {record.Gpus} GPUs, and {state.Flavor} has attempt "
                + $"{running.Demand.Attempt} with {running.Gpus()}"));
        else if (record.Spec.Malleable is not null && WidthOf(state, record.Key) is var width
            && width != record.ToDemand().GpusDesired)
            Watch.Found(new Violation(6, "a run agrees with its flavor",
                $"{record.Key} is to have {record.ToDemand().GpusDesired} GPUs, and {state.Flavor} has {width}"));
        else if (isRunning && !world.Executor.HasStarted(record.Key, record.Attempt))
            Watch.Found(new Violation(6, "what runs was started",
                $"attempt {record.Attempt} of {record.Key} runs, and its executor was never told"));
    }

    private static int? WidthOf(FlavorState state, RunKey run) => state.Running.TryGetValue(run, out var running)
        ? running.Demand.GpusDesired : state.Queue.Find(run)?.Demand.GpusDesired;

    private void CheckBudgets()
    {
        if (world.Place(new ActorKey(ActorKind.Directory, "fleet")) is not DirectoryHost live)
            return;
        var budgets = live.Directory.Budgets().AsTask().Result;
        foreach (var flavor in live.Directory.Flavors().AsTask().Result)
        {
            var known = Watch.LedgerOf(flavor).State.Funding.Budgets;
            if (Words(budgets) is var all && Words(known) is var here && all != here)
                Watch.Found(new Violation(3, "a flavor has the directory's budgets",
                    $"{flavor} has {here}; the directory has {all}"));
        }
    }

    private static string Words(IEnumerable<Budget> budgets) => string.Join("; ", budgets.Select(StoryWords.Put));
}
