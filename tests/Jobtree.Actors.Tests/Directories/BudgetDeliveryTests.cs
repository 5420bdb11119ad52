using Jobtree.Actors.Directories;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Stepping;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Tests.Directories;

/// <summary>
/// Flavors hear of every change of a budget, also when one could not be reached at the time: the change is taken, and
/// told later.
/// </summary>
public sealed class BudgetDeliveryTests
{
    private readonly MemoryJournals journals = new();
    private readonly Away fleet = new();

    [Fact]
    public async Task A_repeat_that_finds_nothing_changed_tells_the_flavor_that_was_away()
    {
        var directory = new DirectoryActor(journals.For(new ActorKey(ActorKind.Directory, "fleet")), fleet);
        await directory.PutBudgets([Lab(8)]);
        fleet.IsAway = true;
        Assert.Equal("changed", Assert.Single((await directory.PutBudgets([Lab(16)])).Value!.Outcomes));
        Assert.Equal("H100", Assert.Single(directory.Undelivered));
        fleet.IsAway = false;
        Assert.Equal("unchanged", Assert.Single((await directory.PutBudgets([Lab(16)])).Value!.Outcomes));
        Assert.False(directory.HasUndelivered);
        Assert.Equal(16, Assert.Single(await fleet.H100.Envelopes()).Terms.Concurrency);
    }

    [Fact]
    public async Task A_flavor_that_was_away_hears_of_the_last_of_several_changes()
    {
        var directory = new DirectoryActor(journals.For(new ActorKey(ActorKind.Directory, "fleet")), fleet);
        fleet.IsAway = true;
        await directory.PutBudgets([Lab(8)]);
        await directory.PutBudgets([Lab(16)]);
        await directory.RemoveBudget("lab");
        await directory.PutBudgets([Lab(4)]);
        await Assert.ThrowsAsync<IOException>(async () => await directory.Deliver());
        fleet.IsAway = false;
        await directory.Deliver();
        Assert.Equal(4, Assert.Single(await fleet.H100.Envelopes()).Terms.Concurrency);
    }

    [Fact]
    public async Task After_a_restart_the_directory_tells_what_it_could_not()
    {
        var key = new ActorKey(ActorKind.Directory, "fleet");
        var directory = new DirectoryActor(journals.For(key), fleet);
        await directory.PutBudgets([Lab(8)]);
        fleet.IsAway = true;
        await directory.RemoveBudget("lab");
        var next = new DirectoryActor(journals.For(key), fleet);
        foreach (var record in journals.Of(key))
            next.Replay(record);
        fleet.IsAway = false;
        await next.Resume();
        Assert.Empty(await fleet.H100.Envelopes());
    }

    [Fact]
    public async Task After_a_restart_a_flavor_forgets_a_removed_budget_that_has_no_envelope_of_it()
    {
        var key = new ActorKey(ActorKind.Directory, "fleet");
        var directory = new DirectoryActor(journals.For(key), fleet);
        await directory.PutBudgets([Lab(8)]);
        await directory.RegisterNodes([new Node { Name = "n0", Flavor = "A10", Gpus = 8 }]);
        Assert.Equal("lab", Assert.Single(await fleet.Flavor("A10").Budgets()));
        fleet.IsAway = true;
        await directory.RemoveBudget("lab");
        var next = new DirectoryActor(journals.For(key), fleet);
        foreach (var record in journals.Of(key))
            next.Replay(record);
        fleet.IsAway = false;
        await next.Resume();
        Assert.Empty(await fleet.Flavor("A10").Budgets());
    }

    [Fact]
    public async Task A_flavor_that_is_named_while_the_directory_resumes_does_not_disturb_it()
    {
        var directory = new DirectoryActor(journals.For(new ActorKey(ActorKind.Directory, "fleet")), fleet);
        await directory.PutBudgets([Lab(8)]);
        fleet.Answers = new TaskCompletionSource();
        var resumed = directory.Resume();
        Assert.False(resumed.IsCompleted);
        await directory.RegisterNodes([new Node { Name = "n0", Flavor = "A10", Gpus = 8 }]);
        fleet.Answers.SetResult();
        await resumed;
        Assert.Equal("lab", Assert.Single(await fleet.Flavor("A10").Budgets()));
    }

    private static Budget Lab(int concurrency) => new()
    {
        Name = "lab",
        Owner = "lab",
        Envelopes = [new Envelope { Name = "pool", Flavor = "H100", Concurrency = concurrency,
            Start = DateTimeOffset.UnixEpoch, End = DateTimeOffset.MaxValue }],
    };

    /// <summary>A fleet whose flavors can be out of reach.</summary>
    private sealed class Away : IFleet
    {
        private readonly SteppedFleet fleet = new(new SteppedFleetOptions { Time = VirtualTime.Begin() });

        public bool IsAway { get; set; }

        /// <summary>What flavors wait for before they say which budgets they have.</summary>
        public TaskCompletionSource? Answers { get; set; }

        public IFlavor H100 => fleet.Flavor("H100");

        public IRun Run(RunKey run) => fleet.Run(run);

        public IFlavor Flavor(string flavor) =>
            IsAway ? throw new IOException("The flavor cannot be reached.")
            : Answers is null ? fleet.Flavor(flavor) : SlowFlavor.To(fleet.Flavor(flavor), Answers.Task);

        public IEnvelope Envelope(EnvelopeKey envelope) => fleet.Envelope(envelope);

        public IDirectory Directory() => fleet.Directory();

        public IRunIndex Runs() => fleet.Runs();
    }
}
