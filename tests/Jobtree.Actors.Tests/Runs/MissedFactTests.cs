using System.Text.Json;
using Jobtree.Actors.Flavors;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Actors.Stepping;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Json;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Tests.Runs;

/// <summary>
/// An answer of the flavor reaches a run before facts that happened earlier: nothing of what those say is lost. The
/// fault simulator found each of these.
/// </summary>
public sealed class MissedFactTests
{
    private static readonly RunKey Key = new("default", "low");
    private static readonly RunSpec Eight = new() { Resources = new Resources { GpuType = "H100", TotalGPUs = 8 } };

    private readonly FakeTimeProvider time = VirtualTime.Begin();
    private readonly MemoryJournals journals = new();
    private readonly SteppedFleet fleet;

    public MissedFactTests() => fleet = new SteppedFleet(
        new SteppedFleetOptions { Time = time, Journals = journals.For });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cancel_that_overtakes_a_cut_does_not_lose_what_the_cut_attempt_used(bool isSubmittedAgain)
    {
        await RunIsCut();
        await fleet.Run(Key).Cancel("cancel");
        if (isSubmittedAgain)
            await fleet.Run(Key).Submit(new Submission(Eight, "low", null, "submit-2", Again: true));
        await fleet.Settle();
        await fleet.Settle();
        var run = await fleet.Run(Key).Get();
        Assert.Equal(8 * 3600, run!.GpuSeconds.Total());
        Assert.Equal(isSubmittedAgain ? RunPhase.Pending : RunPhase.Failed, run.Phase);
        await TellAgain();
        Assert.Equal(8 * 3600, (await fleet.Run(Key).Get())!.GpuSeconds.Total());
        Assert.Equal((run.Phase, run.Version, 8 * 3600.0),
            (Replayed().Phase, Replayed().Version, Replayed().GpuSeconds.Total()));
    }

    [Fact]
    public async Task A_cancel_whose_answer_is_lost_does_not_lose_it_either()
    {
        await RunIsCut();
        var run = new RunActor(Key, NoJournal.Instance, new Deaf(fleet), new NoExecutor(), time);
        foreach (var record in journals.Of(new ActorKey(ActorKind.Run, Key.ToString())))
            run.Replay(record);
        await Assert.ThrowsAsync<IOException>(async () => await run.Cancel("cancel"));
        // The listing's sweep tells the runs that do not know that they have ended.
        var left = Assert.Single(await fleet.Flavor("H100").FindClosed([Key]));
        Assert.Equal(RunFactKind.Left, left.Kind);
        await run.Cancel("cancel");
        foreach (var fact in Undelivered().Where(fact => fact.Run == Key))
            await run.Notify(fact);
        Assert.Equal((RunPhase.Failed, 8 * 3600.0), (run.Record!.Phase, run.Record.GpuSeconds.Total()));
    }

    [Fact]
    public async Task A_report_of_an_attempt_that_was_cut_does_not_lose_what_a_later_attempt_used()
    {
        await RunIsCut();
        var flavor = fleet.Flavor("H100");
        await flavor.Close(new RunKey("default", "paid"), LeaseEndReason.Completed);
        time.Advance(TimeSpan.FromMinutes(30));
        Task? nodeFailure = null;
        var way = OvertakenFlavor.To(flavor,
            () => nodeFailure = flavor.Close(Key, LeaseEndReason.NodeFailure).AsTask());
        var run = new RunActor(Key, NoJournal.Instance, new Deaf(fleet, way), new NoExecutor(), time);
        foreach (var record in journals.Of(new ActorKey(ActorKind.Run, Key.ToString())))
            run.Replay(record);
        var answer = await run.Complete(new CompletionReport(false, null, "report", 1));
        await nodeFailure!;
        Assert.False(answer.Succeeded(out _, out var problem));
        Assert.Equal(ProblemCode.Conflict, problem.Code);
        foreach (var fact in Undelivered().Where(fact => fact.Run == Key))
            await run.Notify(fact);
        Assert.Equal((RunPhase.Failed, nameof(LeaseEndReason.NodeFailure), 2),
            (run.Record!.Phase, run.Record.Reason, run.Record.Attempt));
        Assert.Equal(8 * 5400, run.Record.GpuSeconds.Total());
    }

    [Fact]
    public async Task An_end_that_the_listing_tells_of_before_the_flavor_does_not_lose_what_a_cut_attempt_used()
    {
        await RunIsCut();
        var flavor = fleet.Flavor("H100");
        await flavor.Close(new RunKey("default", "paid"), LeaseEndReason.Completed);
        time.Advance(TimeSpan.FromMinutes(30));
        await flavor.Close(Key, LeaseEndReason.NodeFailure);
        await fleet.Run(Key).Notify(Assert.Single(await flavor.FindClosed([Key])));
        Assert.Equal(RunPhase.Failed, (await fleet.Run(Key).Get())!.Phase);
        await fleet.Settle();
        var run = await fleet.Run(Key).Get();
        Assert.Equal((RunPhase.Failed, 2, 8 * 5400.0), (run!.Phase, run.Attempt, run.GpuSeconds.Total()));
    }

    [Fact]
    public async Task A_hold_that_comes_after_the_end_hears_of_the_end()
    {
        await Furnish(fleet);
        Assert.True((await fleet.Run(Key).Submit(new Submission(Eight, "low", null, "submit")))
            .Succeeded(out var run, out _));
        time.Advance(TimeSpan.FromHours(1));
        await fleet.Flavor("H100").Close(Key, LeaseEndReason.NodeFailure);
        var answer = await fleet.Flavor("H100").Withdraw(Key, run.SubmittedAt, "ops");
        Assert.Equal((RunFactKind.Closed, LeaseEndReason.NodeFailure, 8 * 3600.0),
            (answer.Kind, answer.Reason, answer.GpuSeconds.Total()));
    }

    [Fact]
    public async Task An_attempt_that_a_run_never_heard_of_is_counted()
    {
        await Furnish(fleet);
        var run = new RunActor(Key, NoJournal.Instance, new Deaf(fleet), new NoExecutor(), time);
        await Assert.ThrowsAsync<IOException>(
            async () => await run.Submit(new Submission(Eight, "low", null, "submit-1")));
        await run.Cancel("cancel");
        Assert.Equal(1, run.Record!.Attempt);
        await run.Submit(new Submission(Eight, "low", null, "submit-2", Again: true));
        Assert.Equal((RunPhase.Running, 2), (run.Record.Phase, run.Record.Attempt));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_that_grows_before_it_hears_of_its_start_hears_of_both(bool isHeld)
    {
        await Furnish(fleet);
        var run = new RunActor(Key, NoJournal.Instance, new Deaf(fleet), new NoExecutor(), time);
        var spec = Eight with { Resources = new Resources { GpuType = "H100", TotalGPUs = 4 },
            Malleable = new Malleable { MinTotalGPUs = 4, MaxTotalGPUs = 8, StepGPUs = 4 } };
        await Assert.ThrowsAsync<IOException>(
            async () => await run.Submit(new Submission(spec, "paid", null, "submit-1")));
        if (isHeld)
            run.Replay(HoldRecord());
        time.Advance(TimeSpan.FromHours(1));
        await fleet.Flavor("H100").Tick();
        await run.Notify(Undelivered().Single(fact => fact.Run == Key && fact.Kind == RunFactKind.Resized));
        Assert.Equal((RunPhase.Running, 8, 1, VirtualTime.Epoch),
            (run.Record!.Phase, run.Record.Gpus, run.Record.Attempt, run.Record.StartedAt));
        Assert.Null(run.Record.Hold);
    }

    [Fact]
    public async Task A_hold_that_a_start_overtook_stays_refused_when_it_is_repeated_after_a_cut()
    {
        await Furnish(fleet);
        var run = new RunActor(Key, NoJournal.Instance, new Deaf(fleet), new NoExecutor(), time);
        await Assert.ThrowsAsync<IOException>(
            async () => await run.Submit(new Submission(Eight, "low", null, "submit-1")));
        run.Replay(HoldRecord());
        Assert.False((await run.Hold(new HoldCommand("ops", null, "hold"))).Succeeded(out _, out _));
        await fleet.Flavor("H100").Admit(Demand.Of(new RunKey("default", "paid"), "paid", Eight, time.GetUtcNow()));
        await run.Notify(Undelivered().Single(fact => fact.Run == Key && fact.Kind == RunFactKind.Cut));
        Assert.Equal(RunPhase.Pending, run.Record!.Phase);
        Assert.False((await run.Hold(new HoldCommand("ops", null, "hold"))).Succeeded(out _, out _));
        Assert.Equal(RunPhase.Pending, run.Record.Phase);
        Assert.True((await run.Hold(new HoldCommand("ops", null, "hold-2"))).Succeeded(out _, out _));
        Assert.Equal(RunPhase.Waiting, run.Record.Phase);
    }

    [Fact]
    public async Task A_run_that_changes_its_terms_before_it_hears_of_an_attempt_does_not_turn_the_count_back()
    {
        await Furnish(fleet);
        var flavor = fleet.Flavor("H100");
        var demand = Demand.Of(Key, "low", Eight, time.GetUtcNow());
        await flavor.Admit(demand);
        await flavor.Admit(Demand.Of(new RunKey("default", "paid"), "paid", Eight, time.GetUtcNow()));
        Assert.True(await flavor.Amend(demand with { Funding = new RunFunding { AllowBorrow = true } }));
        Assert.Equal(1, fleet.State("H100")!.Queue.Find(Key)!.Demand.Attempt);
    }

    [Fact]
    public async Task A_flavor_from_a_snapshot_knows_how_the_last_runs_ended()
    {
        var before = new FlavorActor("H100", NoJournal.Instance, time, new SchedulerOptions());
        await before.PutNodes([new Node { Name = "n0", Flavor = "H100", Gpus = 8 }]);
        var late = Demand.Of(Key, "low", Eight, time.GetUtcNow());
        await before.Admit(late);
        time.Advance(TimeSpan.FromHours(1));
        await before.Close(Key, LeaseEndReason.Completed);
        var after = new FlavorActor("H100", NoJournal.Instance, time, new SchedulerOptions());
        after.Restore(JsonSerializer.SerializeToUtf8Bytes(
            before.Snapshot(), FlavorJson.Default.FlavorActorSnapshot));
        Assert.Equal(8 * 3600, (await after.Close(Key, LeaseEndReason.Completed))!.GpuSeconds.Total());
        // A request that was under way all the time admits nothing.
        Assert.Equal(RunFactKind.Closed, (await after.Admit(late)).Value!.Kind);
        Assert.Empty(await after.Leases(false));
    }

    /// <summary>A run without funding has run for an hour when it is cut, and its flavor has not told it yet.</summary>
    private async Task RunIsCut()
    {
        await Furnish(fleet);
        await fleet.Run(Key).Submit(new Submission(Eight, "low", null, "submit-1"));
        await fleet.Settle();
        time.Advance(TimeSpan.FromHours(1));
        await fleet.Run(new RunKey("default", "paid")).Submit(new Submission(Eight, "paid", null, "submit-3"));
        Assert.Equal(RunPhase.Running, (await fleet.Run(Key).Get())!.Phase);
    }

    private static async Task Furnish(SteppedFleet fleet)
    {
        await fleet.Directory().RegisterNodes([new Node { Name = "n0", Flavor = "H100", Gpus = 8 }]);
        await fleet.Flavor("H100").PutNodes([new Node { Name = "n0", Flavor = "H100", Gpus = 8 }]);
        await fleet.Directory().PutBudgets([new Budget { Name = "paid", Owner = "paid", Envelopes = [new Envelope
        {
            Name = "e", Flavor = "H100", Concurrency = 8, Start = VirtualTime.Epoch, End = DateTimeOffset.MaxValue,
        }] }]);
    }

    /// <summary>Delivers everything again, as a flavor does after a restart.</summary>
    private async Task TellAgain()
    {
        foreach (var fact in Undelivered())
            await fleet.Run(fact.Run).Notify(fact);
    }

    private IReadOnlyList<RunFact> Undelivered()
    {
        var flavor = new FlavorActor("H100", NoJournal.Instance, time, new SchedulerOptions());
        foreach (var record in journals.Ledger("H100"))
            flavor.Replay(record);
        return [.. flavor.Snapshot().Undelivered.SelectMany(item => item.Runs)];
    }

    /// <summary>The record of a hold that was to take the run out of the queue when its silo died.</summary>
    private byte[] HoldRecord()
    {
        var writer = new RecordWriter(stackalloc byte[256]);
        RunEventFormat.Write(ref writer, new RunEvent { At = time.GetUtcNow(), Waiting = new WaitingStep
        {
            Held = new RunHold("ops", time.GetUtcNow(), null, "hold", IsInQueue: true),
        } });
        return writer.Written.ToArray();
    }

    private RunRecord Replayed()
    {
        RunRecord? run = null;
        foreach (var record in journals.Of(new ActorKey(ActorKind.Run, Key.ToString())))
            run = RunJournal.Apply(Key, run, record);
        return run!;
    }

    /// <summary>A fleet in which the first answer of a flavor is lost, or the first way to it is another.</summary>
    private sealed class Deaf(SteppedFleet fleet, IFlavor? first = null) : IFleet
    {
        private bool hasLost;

        public IRun Run(RunKey run) => fleet.Run(run);

        public IFlavor Flavor(string flavor)
        {
            if (hasLost)
                return fleet.Flavor(flavor);
            hasLost = true;
            return first ?? LosingFlavor.To(fleet.Flavor(flavor));
        }

        public IEnvelope Envelope(EnvelopeKey envelope) => fleet.Envelope(envelope);

        public IDirectory Directory() => fleet.Directory();

        public IRunIndex Runs() => fleet.Runs();
    }
}
