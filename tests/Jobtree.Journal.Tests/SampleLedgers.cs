using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Stepping;
using Jobtree.Core.Model;
using Jobtree.Manifests;

namespace Jobtree.Journal.Tests;

/// <summary>The ledger of a small fleet in which work waits, is cut, comes back and ends.</summary>
internal static class SampleLedgers
{
    public const string Flavor = "H100";

    public static async Task<IReadOnlyList<LedgerRecord>> Lived()
    {
        var ledgers = new MemoryLedgers();
        var fleet = new SteppedFleet(new SteppedFleetOptions { Time = TimeProvider.System, Journals = ledgers.For });
        var operations = new FleetOperations(fleet, TimeProvider.System, ledgers: ledgers);
        Done(await operations.Apply([
            new NodeManifest(new Node { Name = "n1", Flavor = Flavor, Gpus = 8 }),
            new NodeManifest(new Node { Name = "n2", Flavor = Flavor, Gpus = 8 }),
            new BudgetManifest(new Budget { Name = "rai", Owner = "org:rai", Envelopes = [new Envelope { Name = "h100",
                Flavor = Flavor, Concurrency = 8, Start = DateTimeOffset.UnixEpoch,
                End = DateTimeOffset.UnixEpoch.AddYears(200) }] }),
        ], new FleetCommand("begin", "ops")));
        foreach (var (name, owner) in new[] { ("a", "org:x"), ("b", "org:y"), ("c", "org:z"), ("d", "org:z") })
            Done(await operations.Apply([Run(name, owner, 4)], new FleetCommand(name, name)));
        Done(await operations.Apply([Run("train", "org:rai", 8)], new FleetCommand("train", "alice")));
        await fleet.Settle();
        Done(await operations.Apply([Run("later", "org:rai", 8)], new FleetCommand("later", "alice")));
        Done(await operations.CompleteRun(new RunKey("default", "train"), true, null, "end"));
        await fleet.Settle();
        Done(await operations.CancelRun(new RunKey("default", "later"), new FleetCommand("stop", "alice")));
        await fleet.Settle();
        Assert.True((await operations.ReadLedger(Flavor)).Succeeded(out var page, out _));
        return page.Entries;
    }

    private static RunManifest Run(string name, string owner, int gpus) => new(new RunKey("default", name),
        new RunSpec { Owner = owner, Resources = new Resources { GpuType = Flavor, TotalGPUs = gpus } });

    private static void Done<T>(Result<T> result) =>
        Assert.True(result.Succeeded(out _, out var problem), problem?.Detail);
}
