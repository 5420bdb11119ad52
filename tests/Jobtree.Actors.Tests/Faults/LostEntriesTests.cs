using System.Text.Json;
using Jobtree.Actors.Flavors;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Tests.Faults;

/// <summary>
/// A ledger that goes on after the store lost entries: what those started may still run, so no node takes work before
/// somebody vouches for it.
/// </summary>
public sealed class LostEntriesTests
{
    private readonly FakeTimeProvider time = VirtualTime.Begin();
    private readonly List<byte[]> records = [];

    [Fact]
    public async Task Nodes_take_nothing_until_the_loss_is_settled()
    {
        var flavor = Recovered();
        await flavor.PutNodes([NodeOf("n1"), NodeOf("n2"), NodeOf("n3"), NodeOf("n4")]);
        await flavor.SetNodeState("n3", NodeState.Draining, "ops", "fan", time.GetUtcNow().AddHours(9));
        await flavor.SetNodeState("n4", NodeState.Fenced, "ops", "dead");
        Append(new LedgerLoss { LastLost = 9 });
        flavor = Recovered();
        Assert.Equal(["n1 Cordoned", "n2 Cordoned", "n3 Cordoned", "n4 Fenced"], await States(flavor));
        Assert.NotNull((await flavor.View()).NodesDoubtedSince);

        // A node of which a lost entry may have told begins as one that may be in use.
        await flavor.PutNodes([NodeOf("n5")]);
        Assert.Equal(LedgerLoss.NodeReason, (await flavor.Nodes())[^1].Node.StateSet!.Reason);
        Assert.Equal(RunFactKind.Queued, await Admit(flavor, "first"));
        // Somebody has looked at this one.
        await flavor.SetNodeState("n1", NodeState.Ready, "ops", "empty");
        Assert.Single((await flavor.Position(new RunKey("default", "first")))!.Leases);
        Assert.Equal(RunFactKind.Queued, await Admit(flavor, "second"));

        flavor = FromSnapshot(flavor);
        Assert.True(await flavor.SettleLoss("ops"));
        Assert.False(await flavor.SettleLoss("ops"));
        Assert.Equal(
            ["n1 Ready", "n2 Ready", "n3 Ready", "n4 Fenced", "n5 Ready"], await States(flavor));
        await flavor.PutNodes([NodeOf("n6")]);
        Assert.Equal("n6 Ready", (await States(flavor))[^1]);
        Assert.Single((await flavor.Position(new RunKey("default", "second")))!.Leases);

        var replay = new LedgerReplay("H100");
        foreach (var record in records)
            replay.Read(record, "here");
        replay.Finish();
        Assert.Empty(replay.Violations);
        Assert.Equal(flavor.State.Head, replay.State.Head);
        Assert.Null(replay.State.NodesDoubtedSince);
    }

    [Fact]
    public async Task A_ledger_that_was_lost_whole_begins_with_its_loss()
    {
        Append(new LedgerLoss { LastLost = 3, HeadLost = "hash" });
        var flavor = Recovered();
        await flavor.PutNodes([NodeOf("n1")]);
        Assert.Equal(["n1 Cordoned"], await States(flavor));
        Assert.Equal(RunFactKind.Queued, await Admit(flavor, "again"));
    }

    private static Node NodeOf(string name) => new() { Name = name, Flavor = "H100", Gpus = 8 };

    private static async Task<string[]> States(FlavorActor flavor) =>
        [.. (await flavor.Nodes()).Select(view => $"{view.Node.Name} {view.Node.State}")];

    private async Task<RunFactKind> Admit(FlavorActor flavor, string name)
    {
        var demand = new Demand { Run = new RunKey("default", name), Owner = "lab", Gpus = 8,
            SubmittedAt = time.GetUtcNow() };
        Assert.True((await flavor.Admit(demand)).Succeeded(out var fact, out var problem), problem?.Detail);
        return fact.Kind;
    }

    private FlavorActor Recovered()
    {
        var flavor = new FlavorActor("H100", new Journal(records), time, new SchedulerOptions());
        foreach (var record in records)
            flavor.Replay(record);
        return flavor;
    }

    private FlavorActor FromSnapshot(FlavorActor before)
    {
        var flavor = new FlavorActor("H100", new Journal(records), time, new SchedulerOptions());
        flavor.Restore(JsonSerializer.SerializeToUtf8Bytes(
            before.Snapshot(), FlavorJson.Default.FlavorActorSnapshot));
        return flavor;
    }

    /// <summary>Appends the entry as the store does when an operator accepts the loss.</summary>
    private void Append(LedgerLoss loss)
    {
        var last = records.Count > 0 ? LedgerFormat.Read(records[^1], null) : null;
        records.Add(JsonSerializer.SerializeToUtf8Bytes(new LedgerEntry
        {
            Sequence = records.Count + 1,
            At = last?.At ?? time.GetUtcNow(),
            Previous = last is null ? HashChain.Root : HashChain.Link(records[^1]),
            Loss = loss,
            By = "ops",
        }, LedgerJson.Default.LedgerEntry));
    }

    private sealed class Journal(List<byte[]> records) : IJournal
    {
        public Task Append(long sequence, ReadOnlySpan<byte> record)
        {
            records.Add(record.ToArray());
            return Task.CompletedTask;
        }
    }
}
