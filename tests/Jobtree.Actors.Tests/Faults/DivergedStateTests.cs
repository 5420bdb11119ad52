using Jobtree.Actors.Directories;
using Jobtree.Actors.Envelopes;
using Jobtree.Actors.Flavors;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Stepping;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Tests.Faults;

/// <summary>
/// A record that is in the journal and cannot be applied ends the actor: it answers nothing more from a state that is
/// not the journal's, and the next one, made from the journal, has the record.
/// </summary>
public sealed class DivergedStateTests
{
    private static readonly EnvelopeKey Pool = new("lab", "pool");
    private readonly FakeTimeProvider time = VirtualTime.Begin();
    private readonly List<byte[]> records = [];
    private Action appended = () => { };

    [Fact]
    public async Task A_flavor_ends()
    {
        var envelopes = new ArmedList<Envelope>(Envelopes);
        var flavor = new FlavorActor("H100", new Journal(this), time, new SchedulerOptions());
        await flavor.PutNodes([new Node { Name = "n1", Flavor = "H100", Gpus = 8 }]);
        appended = () => envelopes.IsArmed = true;
        await Assert.ThrowsAsync<StateDivergedException>(async () => await flavor.PutBudgets([Lab(envelopes)], []));
        Assert.True(flavor.HasDiverged);
        await Assert.ThrowsAsync<StateDivergedException>(async () => await flavor.Tick());
        await Assert.ThrowsAsync<StateDivergedException>(async () => await flavor.Undelivered(1));
        await Assert.ThrowsAsync<StateDivergedException>(
            async () => await flavor.Close(new RunKey("a", "b"), LeaseEndReason.Cancelled));
        var next = new FlavorActor("H100", new Journal(this), time, new SchedulerOptions());
        foreach (var record in records)
            next.Replay(record);
        Assert.Equal(Pool, Assert.Single(await next.Envelopes()).Envelope);
    }

    [Fact]
    public async Task An_envelope_ends()
    {
        var change = new ClaimChange(1, 1, new RunKey("a", "b"), 8, false, FundingClass.Owned, time.GetUtcNow());
        var changes = new ArmedList<ClaimChange>([change]);
        var envelope = new EnvelopeActor(Pool, new Journal(this), time);
        appended = () => changes.IsArmed = true;
        await Assert.ThrowsAsync<StateDivergedException>(
            async () => await envelope.Notify(new EnvelopeFacts("H100", changes)));
        Assert.True(envelope.HasDiverged);
        await Assert.ThrowsAsync<StateDivergedException>(async () => await envelope.Usage());
        await Assert.ThrowsAsync<StateDivergedException>(
            async () => await envelope.Notify(new EnvelopeFacts("H100", [change with { Sequence = 2 }])));
        var next = new EnvelopeActor(Pool, new Journal(this), time);
        next.Replay(Assert.Single(records));
        Assert.Equal(8, (await next.Usage()).Gpus.Owned);
    }

    [Fact]
    public async Task The_directory_ends()
    {
        var fleet = new SteppedFleet(new SteppedFleetOptions { Time = time });
        var envelopes = new ArmedList<Envelope>(Envelopes);
        var directory = new DirectoryActor(new Journal(this), fleet);
        appended = () => envelopes.IsArmed = true;
        await Assert.ThrowsAsync<StateDivergedException>(async () => await directory.PutBudgets([Lab(envelopes)]));
        Assert.True(directory.HasDiverged);
        await Assert.ThrowsAsync<StateDivergedException>(async () => await directory.PutBudgets([Lab(Envelopes)]));
        var next = new DirectoryActor(new Journal(this), fleet);
        next.Replay(Assert.Single(records));
        Assert.Equal("lab", Assert.Single(await next.Budgets()).Name);
    }

    private static IReadOnlyList<Envelope> Envelopes =>
        [new Envelope { Name = "pool", Flavor = "H100", Concurrency = 8, Start = DateTimeOffset.UnixEpoch,
            End = DateTimeOffset.MaxValue }];

    private static Budget Lab(IReadOnlyList<Envelope> envelopes) =>
        new() { Name = "lab", Owner = "lab", Envelopes = envelopes };

    private sealed class Journal(DivergedStateTests test) : IJournal
    {
        public Task Append(long sequence, ReadOnlySpan<byte> record)
        {
            test.records.Add(record.ToArray());
            test.appended();
            return Task.CompletedTask;
        }
    }
}
