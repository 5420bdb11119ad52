using Jobtree.Actors.Ports;
using Jobtree.Simulation.Faults.Hosting;
using Jobtree.Simulation.Faults.Storage;
using Jobtree.Simulation.Faults.Time;

namespace Jobtree.Simulation.Tests.Faults;

/// <summary>The simulated store promises what the real ones do, and no more.</summary>
public sealed class SimulatedStoreTests
{
    private static readonly ActorKey Actor = new(ActorKind.Flavor, "H100");
    private readonly EventLoop loop = new(World.Epoch);
    private readonly List<byte> durable = [];

    [Fact]
    public void Of_two_activations_that_append_one_is_refused_and_stays_so()
    {
        var store = Store(isDisk: false);
        var (one, other) = (Open(store), Open(store));
        Task[] appends = [one.Append(1, [1]), other.Append(1, [2]), one.Append(2, [3]), other.Append(2, [4])];
        loop.RunUntil(TimeSpan.FromMinutes(1).Ticks, static () => true);
        Assert.All(appends, append => Assert.True(append.IsCompleted));
        Assert.Equal(2, appends.Count(append => append.IsFaulted));
        Assert.Equal(appends[0].IsFaulted, appends[2].IsFaulted);
        Assert.Single(new[] { one, other }, journal => journal.IsBroken);
        Assert.Equal(appends[0].IsFaulted ? [2, 4] : [1, 3], durable);
    }

    [Fact]
    public void A_record_is_not_durable_before_its_append_is_answered()
    {
        var store = Store(isDisk: false);
        var append = Open(store).Append(1, [1]);
        Assert.False(append.IsCompleted);
        Assert.Empty(durable);
        loop.RunUntil(TimeSpan.FromMinutes(1).Ticks, static () => true);
        Assert.True(append.IsCompletedSuccessfully);
        Assert.Equal([1], durable);
    }

    [Fact]
    public void A_crash_of_the_single_silo_loses_the_end_of_the_log_and_nothing_that_was_flushed()
    {
        var store = Store(isDisk: true);
        var journal = Open(store);
        Assert.True(journal.Append(1, [1]).IsCompletedSuccessfully);
        loop.RunUntil(TimeSpan.FromSeconds(1).Ticks, static () => true);
        Assert.True(store.WhenDurable().IsCompletedSuccessfully);
        for (byte record = 2; record <= 20; record++)
            _ = journal.Append(record, [record]);
        Assert.False(store.WhenDurable().IsCompleted);
        store.Crash();
        var left = store.LogOf(Actor).Recover().Records.Select(record => record.Span[0]).ToArray();
        Assert.Equal(durable, left);
        Assert.Equal(Enumerable.Range(1, left.Length).Select(record => (byte)record), left);
        Assert.InRange(left.Length, 1, 19);
    }

    [Fact]
    public void A_store_that_is_away_takes_nothing_and_breaks_nothing()
    {
        var store = Store(isDisk: false);
        var journal = Open(store);
        store.IsAway = true;
        Assert.Throws<IOException>(() => { _ = journal.Append(1, [1]); });
        store.IsAway = false;
        _ = journal.Append(1, [1]);
        loop.RunUntil(TimeSpan.FromMinutes(1).Ticks, static () => true);
        Assert.Equal([1], durable);
        Assert.False(journal.IsBroken);
    }

    private SimulatedStore Store(bool isDisk) => new(loop, new Weather(), new Chance(7), isDisk)
    {
        Durable = (_, record) => durable.Add(record[0]),
    };

    private static SimulatedJournal Open(SimulatedStore store) => store.Open(Actor, RecoveredState.Nothing);
}
