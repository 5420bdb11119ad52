using System.Collections.Concurrent;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Core.Ledger;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Jobtree.Grains.Hosting;
using Jobtree.Grains.Tests.Hosting;

namespace Jobtree.Grains.Tests.Fleets;

/// <summary>Two silos under many callers at once, while facts are delivered and timers ring beside them.</summary>
public sealed class ConcurrencyTests
{
    private const int Callers = 12;
    private const int CommandsEach = 120;

    private static readonly string[] Flavors = ["A100", "H100", "L4"];

    [Fact]
    public async Task Many_callers_at_once_lose_nothing_and_break_nothing()
    {
        var findings = new FindingsObserver();
        await using var fleet = await ClusterFleet.Start(2, new GrainOptions { Observer = findings,
            CheckEvery = TimeSpan.FromMilliseconds(20) });
        Value(await fleet.Operations.Apply(Begin(), "begin"));

        var acknowledged = new ConcurrentDictionary<RunKey, RunSpec>();
        await Task.WhenAll(Enumerable.Range(0, Callers)
            .Select(caller => Task.Run(() => Call(fleet.Operations, caller, acknowledged))));
        await fleet.Step();

        var audit = Value(await fleet.Operations.Audit());
        Assert.Empty(audit.Violations);
        // The continuous check went on beside all this and saw nothing wrong.
        Assert.NotEmpty(findings.Passes);
        Assert.All(findings.Passes, pass => Assert.Empty(pass.Violations));
        await CheckRuns(fleet.Operations, acknowledged);
        foreach (var flavor in Flavors)
            CheckLedger(fleet.Journals, flavor, audit.Heads[flavor]);
    }

    [Fact]
    public async Task The_same_submission_from_many_callers_starts_one_run()
    {
        await using var fleet = await ClusterFleet.Start(2, new GrainOptions());
        Value(await fleet.Operations.Apply(Begin(), "begin"));
        var run = new RunManifest(new RunKey("ns", "once"),
            new RunSpec { Owner = "lab", Resources = new Resources { GpuType = "H100", TotalGPUs = 4 } });

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(i => Task.Run(() => fleet.Operations.Apply([run], $"op-{i % 5}"))));

        Assert.All(answers, answer => Value(answer));
        var leases = Value(await fleet.Operations.ListLeases(new LeaseQuery { IncludeEnded = true }));
        Assert.Equal(4, Assert.Single(leases.Items).Lease.Gpus());
    }

    private static IReadOnlyList<Manifest> Begin() =>
    [
        .. Flavors.SelectMany(flavor => Enumerable.Range(0, 4)
            .Select(i => new NodeManifest(
                new Node { Name = $"{flavor.ToLowerInvariant()}-{i}", Flavor = flavor, Gpus = 8 }))),
        new BudgetManifest(Budget("lab", 12)),
        new BudgetManifest(Budget("org:ai", 10)),
    ];

    private static Budget Budget(string owner, int gpus) => new()
    {
        Name = owner.Replace(':', '-'),
        Owner = owner,
        Envelopes = [.. Flavors.Select(flavor => new Envelope
        {
            Name = flavor.ToLowerInvariant(),
            Flavor = flavor,
            Concurrency = gpus,
            Start = DateTimeOffset.UnixEpoch,
            End = DateTimeOffset.MaxValue,
        })],
    };

    private static async Task Call(
        IOperations operations, int caller, ConcurrentDictionary<RunKey, RunSpec> acknowledged)
    {
        var random = new Random(caller);
        string[] owners = ["lab", "org:ai:x", "org:ai:y", "nobody"];
        for (var i = 0; i < CommandsEach; i++)
        {
            var operation = $"op-{caller}-{i}";
            var any = acknowledged.Keys.ElementAtOrDefault(random.Next(acknowledged.Count + 1));
            if (any == default)
                any = new RunKey("ns", "unknown");
            switch (random.Next(10))
            {
                case < 5:
                    var key = new RunKey("ns", $"r{caller}-{i}");
                    var wanted = new Resources { GpuType = Flavors[random.Next(3)], TotalGPUs = random.Next(1, 12) };
                    var spec = new RunSpec { Owner = owners[random.Next(4)], Resources = wanted };
                    if ((await operations.Apply([new RunManifest(key, spec)], operation)).Succeeded(out _, out _))
                        Assert.True(acknowledged.TryAdd(key, spec));
                    break;
                case < 7:
                    await operations.CompleteRun(any, random.Next(5) > 0, null, operation, random.Next(3) switch
                    {
                        0 => null,
                        var attempt => attempt,
                    });
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

    private static async Task CheckRuns(IOperations operations, ConcurrentDictionary<RunKey, RunSpec> acknowledged)
    {
        var runs = Value(await operations.ListRuns(new RunQuery { Limit = RunQuery.LimitMax }));
        Assert.Equal(acknowledged.Keys.Order(), runs.Items.Select(run => run.Key));
        var leases = Value(await operations.ListLeases(new LeaseQuery { Limit = RunQuery.LimitMax }));
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

    private static T Value<T>(Result<T> result)
    {
        Assert.True(result.Succeeded(out var value, out var problem), problem?.Detail);
        return value;
    }
}
