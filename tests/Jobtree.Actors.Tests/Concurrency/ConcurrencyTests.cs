using System.Collections.Concurrent;
using Jobtree.Actors.Local;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Ledger;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Tests.Concurrency;

/// <summary>A live fleet under many callers at once: deliveries and alarms run beside them.</summary>
public sealed class ConcurrencyTests
{
    private const int Callers = 12;
    private const int CommandsEach = 120;

    private static readonly string[] Flavors = ["A100", "H100", "L4"];

    [Fact]
    public async Task Many_callers_at_once_lose_nothing_and_break_nothing()
    {
        var journals = new MemoryJournals();
        var failures = new ConcurrentQueue<Exception>();
        await using var fleet = new LocalFleet(new LocalFleetOptions { Journals = journals.For });
        fleet.DeliveryFailed += failures.Enqueue;
        var operations = new FleetOperations(fleet, TimeProvider.System);
        Assert.True((await operations.Apply(Begin(), "begin")).Succeeded(out _, out var problem), problem?.Detail);

        var acknowledged = new ConcurrentDictionary<RunKey, RunSpec>();
        await Task.WhenAll(Enumerable.Range(0, Callers)
            .Select(caller => Task.Run(() => Call(operations, caller, acknowledged))));
        await fleet.Settle();

        Assert.Empty(failures);
        Assert.True((await operations.Audit()).Succeeded(out var audit, out _));
        Assert.Empty(audit.Violations);
        await CheckRuns(operations, acknowledged);
        foreach (var flavor in Flavors)
            CheckLedger(journals, flavor, audit.Heads[flavor]);
    }

    [Fact]
    public async Task The_same_submission_from_many_callers_starts_one_run()
    {
        await using var fleet = new LocalFleet(new LocalFleetOptions { Journals = new MemoryJournals().For });
        var operations = new FleetOperations(fleet, TimeProvider.System);
        await operations.Apply(Begin(), "begin");
        var run = new RunManifest(new RunKey("ns", "once"),
            new RunSpec { Owner = "lab", Resources = new Resources { GpuType = "H100", TotalGPUs = 4 } });

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(i => Task.Run(() => operations.Apply([run], $"op-{i % 5}"))));

        Assert.All(answers, answer => Assert.True(answer.Succeeded(out _, out _)));
        Assert.True((await operations.ListLeases(new LeaseQuery { IncludeEnded = true }))
            .Succeeded(out var leases, out _));
        Assert.Equal(4, Assert.Single(leases.Items).Lease.Gpus());
    }

    private static IReadOnlyList<Manifest> Begin() =>
    [
        .. Flavors.SelectMany(flavor => Enumerable.Range(0, 4)
            .Select(i => new NodeManifest(new Node { Name = $"{flavor}-{i}", Flavor = flavor, Gpus = 8 }))),
        new BudgetManifest(Budget("lab", 12)),
        new BudgetManifest(Budget("org:ai", 10)),
    ];

    private static Budget Budget(string owner, int gpus) => new()
    {
        Name = owner.Replace(':', '-'),
        Owner = owner,
        Envelopes = [.. Flavors.Select(flavor => new Envelope { Name = flavor, Flavor = flavor, Concurrency = gpus,
            Start = DateTimeOffset.UnixEpoch, End = DateTimeOffset.MaxValue })],
    };

    private static async Task Call(
        FleetOperations operations, int caller, ConcurrentDictionary<RunKey, RunSpec> acknowledged)
    {
        var random = new Random(caller);
        string[] owners = ["lab", "org:ai:x", "org:ai:y", "nobody"];
        for (var i = 0; i < CommandsEach; i++)
        {
            var operation = $"op-{caller}-{i}";
            var any = acknowledged.Keys.ElementAtOrDefault(random.Next(acknowledged.Count + 1));
            switch (random.Next(10))
            {
                case < 5:
                    var key = new RunKey("ns", $"r{caller}-{i}");
                    var spec = new RunSpec { Owner = owners[random.Next(4)],
                        Resources = new Resources { GpuType = Flavors[random.Next(3)],
                        TotalGPUs = random.Next(1, 12) } };
                    if ((await operations.Apply([new RunManifest(key, spec)], operation)).Succeeded(out _, out _))
                        Assert.True(acknowledged.TryAdd(key, spec));
                    break;
                case < 7:
                    await operations.CompleteRun(any, random.Next(5) > 0, null, operation);
                    break;
                case 7:
                    await operations.CancelRun(any, operation);
                    break;
                case 8:
                    await operations.Apply([new BudgetManifest(Budget(owners[random.Next(2)], random.Next(16)))],
                        operation);
                    break;
                default:
                    await operations.ExplainRun(any);
                    await operations.ListReservations();
                    await operations.BudgetsUsage();
                    break;
            }
        }
    }

    private static async Task CheckRuns(FleetOperations operations, ConcurrentDictionary<RunKey, RunSpec> acknowledged)
    {
        Assert.True((await operations.ListRuns(new RunQuery { Limit = RunQuery.LimitMax }))
            .Succeeded(out var runs, out _));
        Assert.Equal(acknowledged.Keys.Order(), runs.Items.Select(run => run.Key));
        Assert.True((await operations.ListLeases(new LeaseQuery { Limit = RunQuery.LimitMax }))
            .Succeeded(out var leases, out _));
        var held = leases.Items.GroupBy(lease => lease.Lease.Run).ToDictionary(
            run => run.Key, run => run.Sum(lease => lease.Lease.Gpus()));
        foreach (var run in runs.Items)
            Assert.Equal(run.Status!.Phase == RunPhase.Running ? acknowledged[run.Key].Resources.TotalGPUs : 0,
                held.GetValueOrDefault(run.Key));
    }

    private static void CheckLedger(MemoryJournals journals, string flavor, string head)
    {
        var replay = new LedgerReplay(flavor, checkEvery: 50);
        foreach (var entry in journals.Ledger(flavor))
            replay.Read(entry, "journal");
        replay.Finish();
        Assert.Empty(replay.Violations);
        Assert.Equal(head, HashChain.ToHex(replay.State.Head));
    }
}
