using System.Text.Json;
using Jobtree.Actors.Flavors;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Stepping;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Tests.Faults;

/// <summary>
/// An envelope that takes no facts, such as one whose journal nobody can read, is set aside: the others hear theirs,
/// and it hears all of its own, in order, when it is mended.
/// </summary>
public sealed class PoisonReceiverTests
{
    private static readonly EnvelopeKey Good = new("good", "pool");
    private static readonly EnvelopeKey Bad = new("bad", "pool");

    private readonly FakeTimeProvider time = VirtualTime.Begin();
    private readonly MarkedJournal journal = new();
    private readonly PoisonFleet fleet = new();
    private readonly List<string> setAside = [];
    private bool isStoreAway;

    [Fact]
    public async Task The_others_hear_theirs_and_it_hears_its_own_when_it_is_mended()
    {
        var (flavor, courier) = await Start();
        fleet.IsPoisoned = true;
        await Admit(flavor, "a", "bad");
        await Fail(courier, 2);
        await Admit(flavor, "b", "good");
        await courier.Deliver();
        Assert.Equal(["envelope/bad/pool"], setAside);
        Assert.Equal(["envelope/bad/pool"], (await flavor.View()).SetAside);
        Assert.Equal(2, (await fleet.Envelope(Good).Usage()).Gpus.Owned);
        await Admit(flavor, "c", "bad");
        await Admit(flavor, "d", "good");
        await courier.Deliver();
        Assert.Equal(4, (await fleet.Envelope(Good).Usage()).Gpus.Owned);
        await courier.RetrySetAside();
        Assert.Single(setAside);
        // Nothing that it has not heard is marked as delivered, so a restart tells it again.
        Assert.True(journal.DeliveredUpTo < journal.Last);
        var deliveredBefore = journal.DeliveredUpTo;

        fleet.IsPoisoned = false;
        await courier.RetrySetAside();
        Assert.Null((await flavor.View()).SetAside);
        Assert.Equal(4, (await fleet.Envelope(Bad).Usage()).Gpus.Owned);
        await Admit(flavor, "e", "bad");
        await courier.Deliver();
        Assert.Equal(6, (await fleet.Envelope(Bad).Usage()).Gpus.Owned);
        Assert.True(journal.DeliveredUpTo > deliveredBefore);
    }

    [Fact]
    public async Task What_waits_for_the_others_has_an_age_and_what_is_set_aside_has_none()
    {
        var (flavor, courier) = await Start();
        Assert.Equal(TimeSpan.Zero, (await flavor.View()).OutboxLag);
        fleet.IsPoisoned = true;
        await Admit(flavor, "a", "bad");
        time.Advance(TimeSpan.FromSeconds(40));
        await Admit(flavor, "b", "good");
        Assert.Equal(TimeSpan.FromSeconds(40), (await flavor.View()).OutboxLag);
        await Fail(courier, 2);
        Assert.Equal(TimeSpan.FromSeconds(40), (await flavor.View()).OutboxLag);
        await courier.Deliver();
        Assert.Equal(TimeSpan.Zero, (await flavor.View()).OutboxLag);
    }

    [Fact]
    public async Task A_snapshot_has_what_it_has_not_heard()
    {
        var (flavor, courier) = await Start();
        fleet.IsPoisoned = true;
        await Admit(flavor, "a", "bad");
        await Fail(courier, 2);
        await courier.Deliver();
        var snapshot = JsonSerializer.SerializeToUtf8Bytes(
            flavor.Snapshot(), FlavorJson.Default.FlavorActorSnapshot);
        var next = new FlavorActor("H100", journal, time, new SchedulerOptions());
        next.Restore(snapshot);
        fleet.IsPoisoned = false;
        await new FlavorCourier(next, fleet).Deliver();
        Assert.Equal(2, (await fleet.Envelope(Bad).Usage()).Gpus.Owned);
    }

    [Fact]
    public async Task Nobody_is_blamed_while_the_store_is_away()
    {
        var (flavor, courier) = await Start();
        (fleet.IsPoisoned, isStoreAway) = (true, true);
        await Admit(flavor, "a", "bad");
        await Fail(courier, 10);
        Assert.Empty(setAside);
        fleet.IsPoisoned = false;
        await courier.Deliver();
        Assert.Equal(2, (await fleet.Envelope(Bad).Usage()).Gpus.Owned);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_with_more_facts_than_are_held_gets_all_its_claims_when_it_is_mended(bool restarts)
    {
        var (flavor, courier) = await Start(setAsideMax: 3);
        fleet.IsPoisoned = true;
        await Admit(flavor, "a", "bad");
        await Fail(courier, 2);
        await courier.Deliver();
        for (var i = 0; i < 20; i++)
        {
            await Admit(flavor, $"b{i}", "bad");
            await flavor.Close(new RunKey("default", i == 0 ? "a" : $"b{i - 1}"), LeaseEndReason.Completed);
            await courier.Deliver();
            await courier.RetrySetAside();
        }
        Assert.InRange(flavor.Snapshot().Undelivered.Sum(item => item.Funding.Count), 0, 3);
        Assert.True(journal.DeliveredUpTo < 6);
        if (restarts)
        {
            var snapshot = JsonSerializer.SerializeToUtf8Bytes(
                flavor.Snapshot(), FlavorJson.Default.FlavorActorSnapshot);
            flavor = new FlavorActor("H100", journal, time, new SchedulerOptions(), setAsideMax: 3);
            flavor.Restore(snapshot);
            courier = new FlavorCourier(flavor, fleet);
            await Admit(flavor, "later", "bad");
            await courier.Deliver();
        }

        fleet.IsPoisoned = false;
        await courier.RetrySetAside();
        Assert.Null((await flavor.View()).SetAside);
        var gpus = restarts ? 4 : 2;
        Assert.Equal((gpus, gpus / 2), ((int)(await fleet.Envelope(Bad).Usage()).Gpus.Owned,
            (await fleet.Envelope(Bad).Usage()).Claims));
        await flavor.Close(new RunKey("default", "b19"), LeaseEndReason.Completed);
        await courier.Deliver();
        Assert.Equal(gpus - 2, (await fleet.Envelope(Bad).Usage()).Gpus.Owned);
        Assert.Equal(journal.Last, journal.DeliveredUpTo);
    }

    /// <summary>The fault simulator found an envelope that metered a decision which its flavor had not kept.</summary>
    [Fact]
    public async Task It_hears_nothing_that_is_not_durable()
    {
        var (flavor, courier) = await Start();
        fleet.IsPoisoned = true;
        await Admit(flavor, "a", "bad");
        await Fail(courier, 2);
        await courier.Deliver();
        var append = journal.Answer = new TaskCompletionSource();
        var admission = Admit(flavor, "b", "bad");
        fleet.IsPoisoned = false;
        var retry = courier.RetrySetAside().AsTask();
        Assert.Equal(0, (await fleet.Envelope(Bad).Usage()).Claims);
        append.SetException(new IOException("The record was refused."));
        await Assert.ThrowsAsync<IOException>(() => admission);
        await Assert.ThrowsAsync<IOException>(() => retry);
        Assert.Equal(0, (await fleet.Envelope(Bad).Usage()).Claims);
    }

    [Fact]
    public async Task One_that_is_behind_and_has_no_claims_left_learns_that()
    {
        var (flavor, courier) = await Start(setAsideMax: 1);
        await Admit(flavor, "a", "bad");
        await courier.Deliver();
        fleet.IsPoisoned = true;
        await Admit(flavor, "b", "bad");
        await Fail(courier, 2);
        await courier.Deliver();
        await flavor.Close(new RunKey("default", "a"), LeaseEndReason.Completed);
        await flavor.Close(new RunKey("default", "b"), LeaseEndReason.Completed);
        fleet.IsPoisoned = false;
        await courier.RetrySetAside();
        Assert.Equal(0, (await fleet.Envelope(Bad).Usage()).Claims);
        Assert.Null((await flavor.View()).SetAside);
    }

    private async Task<(FlavorActor Flavor, FlavorCourier Courier)> Start(
        int setAsideMax = FlavorActor.SetAsideMaxDefault)
    {
        var flavor = new FlavorActor("H100", journal, time, new SchedulerOptions(), setAsideMax);
        await flavor.PutNodes([new Node { Name = "n1", Flavor = "H100", Gpus = 16 }]);
        await flavor.PutBudgets([Budget("good"), Budget("bad")], []);
        return (flavor, new FlavorCourier(flavor, fleet)
        {
            MayBlameReceiver = () => !isStoreAway,
            WasSetAside = (receiver, _) => setAside.Add(receiver.ToString()),
        });
    }

    private async Task Admit(FlavorActor flavor, string run, string owner) => await flavor.Admit(Demand.Of(
        new RunKey("default", run), owner,
        new RunSpec { Resources = new Resources { GpuType = "H100", TotalGPUs = 2 } }, time.GetUtcNow()));

    private static async Task Fail(FlavorCourier courier, int times)
    {
        for (var time = 0; time < times; time++)
            await Assert.ThrowsAsync<JsonException>(async () => await courier.Deliver());
    }

    private static Budget Budget(string name) => new()
    {
        Name = name,
        Owner = name,
        Envelopes = [new Envelope { Name = "pool", Flavor = "H100", Concurrency = 8,
            Start = DateTimeOffset.UnixEpoch, End = DateTimeOffset.MaxValue }],
    };

    private sealed class MarkedJournal : IJournal
    {
        public long Last { get; private set; }

        public long DeliveredUpTo { get; private set; }

        /// <summary>When set, what appends wait for.</summary>
        public TaskCompletionSource? Answer { get; set; }

        public Task Append(long sequence, ReadOnlySpan<byte> record)
        {
            Last = sequence;
            return Answer?.Task ?? Task.CompletedTask;
        }

        public void MarkDelivered(long sequence) => DeliveredUpTo = Math.Max(DeliveredUpTo, sequence);
    }

    private sealed class PoisonFleet : IFleet
    {
        private readonly SteppedFleet fleet = new(new SteppedFleetOptions { Time = VirtualTime.Begin() });

        public bool IsPoisoned { get; set; }

        public IRun Run(RunKey run) => fleet.Run(run);

        public IFlavor Flavor(string flavor) => fleet.Flavor(flavor);

        public IEnvelope Envelope(EnvelopeKey envelope) => IsPoisoned && envelope == Bad
            ? throw new JsonException("The record is null.") : fleet.Envelope(envelope);

        public IDirectory Directory() => fleet.Directory();

        public IRunIndex Runs() => fleet.Runs();
    }
}
