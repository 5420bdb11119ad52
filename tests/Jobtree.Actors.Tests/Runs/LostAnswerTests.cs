using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Actors.Stepping;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Tests.Runs;

/// <summary>
/// A command whose answer is lost between a run and its flavor, repeated with its id, does what it should have done,
/// once.
/// </summary>
public sealed class LostAnswerTests
{
    private static readonly RunKey Key = new("default", "train");
    private static readonly Submission Train = new(
        new RunSpec { Resources = new Resources { GpuType = "H100", TotalGPUs = 8 } }, "org:lab", null, "submit-1");

    private static readonly Submission Elastic = Train with { Spec = Train.Spec with
    {
        Malleable = new Malleable { MinTotalGPUs = 2, MaxTotalGPUs = 8, StepGPUs = 2 },
    } };

    private static readonly Budget BudgetOfB = new() { Name = "b", Owner = "org:b", Envelopes = [new Envelope
    {
        Name = "e", Flavor = "H100", Concurrency = 8, Start = VirtualTime.Epoch, End = DateTimeOffset.MaxValue,
    }] };

    [Fact]
    public async Task A_submission_is_admitted_once()
    {
        var fleet = await LosingFleet.Start();
        await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Submit(Train));
        Assert.False(fleet.Run.Record!.IsDecided);
        var answer = await fleet.Run.Submit(Train);
        Assert.Equal((RunPhase.Running, 1), (answer.Value!.Phase, answer.Value.Attempt));
        Assert.Single(await fleet.Flavor.Leases(true));
    }

    /// <summary>
    /// As a silo did that was paused with the request in hand: another silo had admitted the run and completed it.
    /// </summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_request_that_arrives_after_its_run_has_ended_admits_nothing(bool waits, bool flavorRestarts)
    {
        var fleet = await LosingFleet.Start();
        if (waits)
            await fleet.Flavor.Admit(DemandOf("before", fleet.Time.GetUtcNow()));
        var late = DemandOf("train", fleet.Time.GetUtcNow());
        await fleet.Flavor.Admit(late);
        var ended = await fleet.Flavor.Close(Key, LeaseEndReason.Cancelled);
        await fleet.Flavor.Close(new RunKey("default", "before"), LeaseEndReason.Completed);
        if (flavorRestarts)
            await fleet.RestartFlavor();
        // Until its run has heard that, nobody may take it for lost.
        Assert.Equal(ended, Assert.Single(await fleet.Flavor.FindClosed([Key])));
        var answer = (await fleet.Flavor.Admit(late)).Value!;
        Assert.Equal((waits ? RunFactKind.Left : RunFactKind.Closed, ended!.Sequence), (answer.Kind, answer.Sequence));
        Assert.Empty(await fleet.Flavor.Leases(false));
        var again = await fleet.Flavor.Admit(late with { SubmittedAt = late.SubmittedAt.AddTicks(1) });
        Assert.Equal(RunFactKind.Started, again.Value!.Kind);
    }

    [Fact]
    public async Task A_late_end_of_an_earlier_submission_ends_nothing()
    {
        var fleet = await LosingFleet.Start();
        var first = fleet.Time.GetUtcNow();
        await fleet.Flavor.Admit(DemandOf("train", first.AddTicks(1)));
        Assert.Null(await fleet.Flavor.Close(Key, LeaseEndReason.Cancelled, new AttemptKey(first)));
        Assert.Single(await fleet.Flavor.Leases(false));
        Assert.NotNull(await fleet.Flavor.Close(Key, LeaseEndReason.Cancelled, new AttemptKey(first.AddTicks(1))));
    }

    /// <summary>Its flavor has cut the run and started it again, and the run has not heard of it.</summary>
    [Fact]
    public async Task The_end_of_an_attempt_that_was_cut_does_not_end_the_next()
    {
        var fleet = await LosingFleet.Start();
        await fleet.Flavor.PutBudgets([BudgetOfB], []);
        await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Submit(Train));
        await fleet.Run.Submit(Train);
        await fleet.Flavor.Admit(DemandOf("funded", fleet.Time.GetUtcNow()) with { Owner = "org:b" });
        await fleet.Flavor.Close(new RunKey("default", "funded"), LeaseEndReason.Completed);
        Assert.Equal(Key, Assert.Single(await fleet.Flavor.Leases(false)).Lease.Run);
        var report = new CompletionReport(true, null, "complete-1", 1);
        await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Complete(report));
        Assert.Contains("was cut before its end", (await fleet.Run.Complete(report)).Problem?.Detail);
        Assert.Single(await fleet.Flavor.Leases(false));
    }

    [Fact]
    public async Task A_run_that_is_submitted_again_at_the_same_instant_is_admitted_again()
    {
        var fleet = await LosingFleet.Start();
        await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Submit(Train));
        await fleet.Run.Submit(Train);
        await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Cancel("cancel-1"));
        await fleet.Run.Cancel("cancel-1");
        var again = Train with { Operation = "submit-2", Again = true };
        await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Submit(again));
        Assert.Equal((RunPhase.Running, 2), ((await fleet.Run.Submit(again)).Value!.Phase, fleet.Run.Record!.Attempt));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_completion_ends_the_run_once_with_what_it_used(bool flavorRestarts)
    {
        var fleet = await LosingFleet.Start();
        await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Submit(Train));
        await fleet.Run.Submit(Train);
        fleet.Time.Advance(TimeSpan.FromHours(1));
        var report = new CompletionReport(true, null, "complete-1");
        await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Complete(report));
        Assert.Equal(RunPhase.Running, fleet.Run.Record!.Phase);
        if (flavorRestarts)
            await fleet.RestartFlavor();
        foreach (var answer in new[] { await fleet.Run.Complete(report), await fleet.Run.Complete(report) })
        {
            Assert.Equal((RunPhase.Completed, "complete-1"), (answer.Value!.Phase, answer.Value.EndOperation));
            Assert.Equal(8 * 3600, answer.Value.GpuSeconds.Total());
        }
    }

    [Fact]
    public async Task A_completion_that_the_flavor_told_of_before_it_was_repeated_is_no_conflict()
    {
        var fleet = await LosingFleet.Start();
        await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Submit(Train));
        await fleet.Run.Submit(Train);
        var report = new CompletionReport(true, null, "complete-1");
        await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Complete(report));
        // After a restart a flavor tells everything since its snapshot again, also to whom it was the answer.
        await fleet.TellAgain();
        Assert.Equal(RunPhase.Completed, fleet.Run.Record!.Phase);
        Assert.Equal(RunPhase.Completed, (await fleet.Run.Complete(report)).Value!.Phase);
    }

    [Fact]
    public async Task The_end_of_an_earlier_life_is_not_taken_for_that_of_a_later_one()
    {
        var fleet = await LosingFleet.Start();
        await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Submit(Train));
        await fleet.Run.Submit(Train);
        fleet.Time.Advance(TimeSpan.FromHours(1));
        await Assert.ThrowsAsync<IOException>(
            async () => await fleet.Run.Complete(new CompletionReport(true, null, "complete-1")));
        await fleet.Run.Complete(new CompletionReport(true, null, "complete-1"));
        // Its submission is taken in, but does not reach the flavor before it is cancelled.
        fleet.IsAway = true;
        await Assert.ThrowsAsync<IOException>(
            async () => await fleet.Run.Submit(Train with { Operation = "submit-2", Again = true }));
        fleet.IsAway = false;
        await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Cancel("cancel-2"));
        var cancelled = (await fleet.Run.Cancel("cancel-2")).Value!;
        Assert.Equal(RunPhase.Failed, cancelled.Phase);
        Assert.Equal(8 * 3600, cancelled.GpuSeconds.Total());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_hold_and_its_release_are_finished_by_whoever_asks_next(bool resumes)
    {
        var fleet = await LosingFleet.Waiting();
        var hold = new HoldCommand("me", null, "hold-1");
        await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Hold(hold));
        Assert.Equal((RunPhase.Waiting, true), (fleet.Run.Record!.Phase, fleet.Run.Record.Hold!.IsInQueue));
        await (resumes ? fleet.Run.Resume() : Done(fleet.Run.Hold(hold)));
        Assert.Equal((RunPhase.Waiting, false), (fleet.Run.Record!.Phase, fleet.Run.Record.Hold!.IsInQueue));
        await fleet.Flavor.Close(new RunKey("default", "before"), LeaseEndReason.Completed);
        Assert.Empty(await fleet.Flavor.Leases(false));

        var release = new HoldRelease("me", "release-1");
        await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Release(release));
        Assert.Equal((RunPhase.Pending, true), (fleet.Run.Record!.Phase, fleet.Run.Record.IsInterrupted));
        await (resumes ? fleet.Run.Resume() : Done(fleet.Run.Release(release)));
        Assert.Equal((RunPhase.Running, 1), (fleet.Run.Record!.Phase, fleet.Run.Record.Attempt));
        Assert.Single(await fleet.Flavor.Leases(false));
    }

    /// <summary>The fault simulator found a run that began again at its first attempt, as a new arrival.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_run_that_was_cut_and_is_held_takes_its_place_along(bool flavorRestarts)
    {
        var fleet = await LosingFleet.Waiting();
        await fleet.Flavor.PutBudgets([BudgetOfB], []);
        // It starts and is cut, and hears of neither.
        await fleet.Flavor.Close(new RunKey("default", "before"), LeaseEndReason.Completed);
        var admittedAt = fleet.Time.GetUtcNow();
        fleet.Time.Advance(TimeSpan.FromHours(1));
        await fleet.Flavor.Admit(DemandOf("funded", fleet.Time.GetUtcNow()) with { Owner = "org:b" });
        var hold = new HoldCommand("me", null, "hold-1");
        await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Hold(hold));
        if (flavorRestarts)
        {
            await fleet.RestartFlavor();
            await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Hold(hold));
        }
        Assert.Equal("Held", (await fleet.Run.Hold(hold)).Value!.Reason);
        var asked = fleet.Run.Record!.ToDemand();
        Assert.Equal((1, (DateTimeOffset?)admittedAt), (asked.Attempt, asked.AdmittedAt));
    }

    /// <summary>Its flavor has started the run, and the run has not heard of it.</summary>
    [Fact]
    public async Task A_hold_that_comes_too_late_is_refused_and_the_run_runs_on()
    {
        var fleet = await LosingFleet.Waiting();
        await fleet.Flavor.Close(new RunKey("default", "before"), LeaseEndReason.Completed);
        var hold = new HoldCommand("me", null, "hold-1");
        await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Hold(hold));
        Assert.Contains("is Running", (await fleet.Run.Hold(hold)).Problem?.Detail);
        Assert.Equal((RunPhase.Running, null), (fleet.Run.Record!.Phase, fleet.Run.Record.Hold));
        await fleet.TellAgain();
        Assert.Equal((RunPhase.Running, 1), (fleet.Run.Record!.Phase, fleet.Run.Record.Attempt));
        Assert.Single(await fleet.Flavor.Leases(false));
    }

    /// <summary>
    /// Its flavor has started the run, cut it, and taken it out of the queue for the hold. The fault simulator found
    /// a run that heard of the start before the answer, refused the hold, and was in no queue for ever.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_that_was_withdrawn_for_a_hold_that_came_too_late_asks_again(bool flavorIsAway)
    {
        var fleet = await LosingFleet.Waiting();
        await fleet.Flavor.PutBudgets([BudgetOfB], []);
        await fleet.Flavor.Close(new RunKey("default", "before"), LeaseEndReason.Completed);
        await fleet.Flavor.Admit(DemandOf("funded", fleet.Time.GetUtcNow()) with { Owner = "org:b" });
        var hold = new HoldCommand("me", null, "hold-1");
        await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Hold(hold));
        // It asks at once; this request or its answer is lost as well.
        fleet.IsAway = flavorIsAway;
        await Assert.ThrowsAsync<IOException>(fleet.TellWhatIsUntold);
        fleet.IsAway = false;
        Assert.Equal((RunPhase.Pending, null), (fleet.Run.Record!.Phase, fleet.Run.Record.Hold));
        Assert.True(fleet.Run.Record.IsInterrupted);
        if (flavorIsAway)
            await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Resume());
        await fleet.Run.Resume();
        Assert.False(fleet.Run.Record.IsInterrupted);
        await fleet.Flavor.Close(new RunKey("default", "funded"), LeaseEndReason.Completed);
        Assert.Equal(Key, Assert.Single(await fleet.Flavor.Leases(false)).Lease.Run);
    }

    /// <summary>The reservation or the place in the queue that it had is told of after it was held.</summary>
    [Fact]
    public async Task What_the_flavor_tells_again_of_a_held_run_does_not_bring_it_back()
    {
        var fleet = await LosingFleet.Waiting();
        await Assert.ThrowsAsync<IOException>(
            async () => await fleet.Run.Hold(new HoldCommand("me", null, "hold-1")));
        await fleet.TellAgain();
        await fleet.Run.Resume();
        await fleet.TellAgain();
        Assert.Equal((RunPhase.Waiting, "Held"), (fleet.Run.Record!.Phase, fleet.Run.Record.Reason));
        await fleet.Run.Cancel("cancel-1");
        Assert.Equal(RunPhase.Failed, fleet.Run.Record!.Phase);
    }

    /// <summary>The new width is recorded, and the flavor does not hear of it.</summary>
    [Theory]
    [InlineData("shrink")]
    [InlineData("submit")]
    [InlineData("resume")]
    public async Task A_width_that_did_not_reach_the_flavor_is_told_by_whoever_asks_next(string next)
    {
        var fleet = await LosingFleet.Start();
        await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Submit(Elastic));
        await fleet.Run.Submit(Elastic);
        var narrow = Elastic with { Operation = "narrow-1", Spec = Elastic.Spec with { Malleable =
            Elastic.Spec.Malleable! with { DesiredTotalGPUs = 4 } } };
        fleet.IsAway = true;
        await Assert.ThrowsAsync<IOException>(async () => await Narrow());
        fleet.IsAway = false;
        Assert.True(fleet.Run.Record!.MayHaveUntoldWidth);
        await (next == "resume" ? fleet.Run.Resume() : Narrow());
        Assert.Equal(4, (await fleet.Flavor.Leases(false)).Sum(lease => lease.Lease.Gpus()));

        ValueTask Narrow() => Done(next == "submit" ? fleet.Run.Submit(narrow)
            : fleet.Run.Shrink(4, new FleetCommand("narrow-1")));
    }

    /// <summary>The flavor has shrunk the run, which has not heard of it.</summary>
    [Fact]
    public async Task A_run_that_is_shrunk_twice_in_a_row_is_shrunk_twice()
    {
        var fleet = await LosingFleet.Start();
        await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Submit(Elastic));
        await fleet.Run.Submit(Elastic);
        await fleet.Run.Shrink(2, new FleetCommand("narrow-1"));
        await fleet.Run.Shrink(2, new FleetCommand("narrow-2"));
        Assert.Equal(4, (await fleet.Flavor.Leases(false)).Sum(lease => lease.Lease.Gpus()));
        Assert.Contains("at least 2", (await fleet.Run.Shrink(4, new FleetCommand("narrow-3"))).Problem?.Detail);
    }

    private static async ValueTask Done<T>(ValueTask<T> command) => await command;

    private static Demand DemandOf(string name, DateTimeOffset submittedAt) =>
        Demand.Of(new RunKey("default", name), "org:lab", Train.Spec, submittedAt);

    /// <summary>One run, and its flavor behind a way that loses answers.</summary>
    private sealed class LosingFleet : IFleet
    {
        private readonly MemoryJournals journals = new();
        private SteppedFleet fleet;
        private IFlavor way;

        private LosingFleet()
        {
            fleet = Make();
            way = LosingFlavor.To(fleet.Flavor("H100"));
            Run = new RunActor(Key, NoJournal.Instance, this, new NoExecutor(), Time);
        }

        public static async Task<LosingFleet> Start()
        {
            var started = new LosingFleet();
            await started.Flavor.PutNodes([new Node { Name = "n0", Flavor = "H100", Gpus = 8 }]);
            return started;
        }

        /// <summary>A fleet on which the run waits behind another.</summary>
        public static async Task<LosingFleet> Waiting()
        {
            var fleet = await Start();
            await fleet.Flavor.Admit(DemandOf("before", fleet.Time.GetUtcNow()));
            await Assert.ThrowsAsync<IOException>(async () => await fleet.Run.Submit(Train));
            Assert.Equal(RunPhase.Pending, (await fleet.Run.Submit(Train)).Value!.Phase);
            return fleet;
        }

        public FakeTimeProvider Time { get; } = VirtualTime.Begin();

        public RunActor Run { get; }

        public IFlavor Flavor => fleet.Flavor("H100");

        /// <summary>Whether nothing reaches the flavor at all.</summary>
        public bool IsAway { get; set; }

        public async Task RestartFlavor()
        {
            fleet = Replayed();
            way = LosingFlavor.To(fleet.Flavor("H100"));
            // Odd calls are lost: the one after a restart is not the first.
            await Assert.ThrowsAsync<IOException>(
                async () => await way.Close(new RunKey("default", "nobody"), LeaseEndReason.Cancelled));
        }

        /// <summary>Tells the run what the flavor has for it, as its courier does.</summary>
        public async Task TellWhatIsUntold()
        {
            var batch = await ((Flavors.FlavorActor)Flavor).Undelivered(100);
            foreach (var fact in batch.Runs.Where(fact => fact.Run == Key))
                await Run.Notify(fact);
        }

        public async Task TellAgain()
        {
            var flavor = new Flavors.FlavorActor(
                "H100", NoJournal.Instance, Time, new Core.Scheduling.SchedulerOptions());
            foreach (var record in journals.Ledger("H100"))
                flavor.Replay(record);
            foreach (var fact in (await flavor.Undelivered(100)).Runs)
                await Run.Notify(fact);
        }

        IRun IFleet.Run(RunKey run) => fleet.Run(run);

        IFlavor IFleet.Flavor(string flavor) => IsAway ? throw new IOException("The flavor cannot be reached.") : way;

        public IEnvelope Envelope(EnvelopeKey envelope) => fleet.Envelope(envelope);

        public IDirectory Directory() => fleet.Directory();

        public IRunIndex Runs() => fleet.Runs();

        private SteppedFleet Make() => new(new SteppedFleetOptions { Time = Time, Journals = journals.For });

        private SteppedFleet Replayed()
        {
            var again = Make();
            foreach (var (actor, _, bytes) in journals.Records.ToArray())
                again.Replay(actor, bytes);
            return again;
        }
    }
}
