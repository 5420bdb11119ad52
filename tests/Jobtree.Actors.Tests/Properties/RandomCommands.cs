using Jobtree.Actors.Operations;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Tests.Properties;

/// <summary>
/// Commands to a small random fleet, all of them from one seed: the same seed gives the same commands.
/// </summary>
internal sealed class RandomCommands(int seed)
{
    private static readonly string[] Owners = ["org", "org:ai", "org:ai:x", "org:ai:y", "org:bio:z", "lab", "lab:one",
        "solo", "nobody"];

    private readonly Random random = new(seed);
    private readonly List<RunKey> submitted = [];
    private readonly Dictionary<RunKey, RunManifest> elastic = [];
    private readonly List<Node> nodes = [];
    private int operations;

    /// <summary>Nodes and budgets to begin with.</summary>
    public IReadOnlyList<Manifest> Begin()
    {
        var domains = Between(1, 3);
        for (var domain = 0; domain < domains; domain++)
        {
            var (count, size) = (Between(1, 3), Pick(2, 4, 8));
            for (var i = 0; i < count; i++)
                nodes.Add(MakeNode($"d{domain}", $"d{domain}n{i}", size));
        }
        return [.. nodes.Select(node => new NodeManifest(node)), .. Enumerable.Range(0, Between(1, 5))
            .Select(i => new BudgetManifest(MakeBudget($"b{i}")))];
    }

    /// <summary>Carries out the next command. What is refused is refused; time never goes back.</summary>
    public async Task Next(StepFleet fleet)
    {
        var operation = $"op-{++operations}";
        switch (random.Next(24))
        {
            case < 8:
                await fleet.Operations.Apply([MakeRun()], operation, again: Chance(50));
                break;
            case < 12:
                await fleet.Operations.CompleteRun(
                    AnyRun(), Chance(90), null, operation, Chance(50) ? null : 1 + random.Next(3));
                break;
            case 12:
                await fleet.Operations.CancelRun(AnyRun(), operation);
                break;
            case 13:
                await fleet.Operations.AddSponsor(AnyRun(), Pick(Owners), operation);
                break;
            case 19:
                if (Chance(60))
                    await fleet.Operations.HoldRun(AnyRun(), null, operation);
                else
                    await fleet.Operations.ReleaseRun(AnyRun(), operation);
                break;
            case 14 or 18:
                await ChangeNode(fleet, operation);
                break;
            case 15:
                if (Chance(25))
                    await fleet.Operations.DeleteBudget($"b{random.Next(6)}", operation);
                else
                    await fleet.Operations.Apply([new BudgetManifest(MakeBudget($"b{random.Next(6)}"))], operation);
                break;
            case 16:
                await fleet.Operations.ShrinkRun(AnyElastic(), Between(1, 8), operation);
                break;
            case 17 when elastic.Count > 0:
                await fleet.Operations.Apply([WithAnotherWidth(elastic[AnyElastic()])], operation);
                break;
            default:
                // Half of the steps land on window boundaries and expected ends, which lie on whole quarters of an
                // hour.
                var ahead = TimeSpan.FromMinutes(Chance(50) ? 15 * Between(1, 6) : Between(1, 100));
                await fleet.AdvanceTo(Chance(50) ? Quarter(fleet.Now + ahead) : fleet.Now + ahead);
                break;
        }
    }

    private async Task ChangeNode(StepFleet fleet, string operation)
    {
        var at = random.Next(nodes.Count);
        if (Chance(20))
        {
            nodes.Add(MakeNode($"d{random.Next(4)}", $"e{nodes.Count}", Pick(2, 4, 8)));
            await fleet.Operations.Apply([new NodeManifest(nodes[^1])], operation);
            return;
        }
        if (Chance(10))
        {
            await fleet.Operations.DeleteNode(nodes[at].Name, operation);
            return;
        }
        if (Chance(15) && await NodeWithFiller(fleet) is { } filled)
        {
            await fleet.Operations.SetNodeState(filled, NodeState.Fenced, "ops", null, operation);
            return;
        }
        var state = Chance(55) ? NodeState.Ready
            : Pick(NodeState.Cordoned, NodeState.Draining, NodeState.Fenced, NodeState.Fenced, NodeState.Fenced);
        await fleet.Operations.SetNodeState(nodes[at].Name, state, "ops", null, operation,
            state == NodeState.Draining ? fleet.Now + TimeSpan.FromMinutes(15 * Between(1, 12)) : null);
    }

    /// <summary>A node under a run whose spares carry fillers, which yield if it fails.</summary>
    private static async Task<string?> NodeWithFiller(StepFleet fleet)
    {
        Assert.True((await fleet.Operations.ListLeases(new LeaseQuery { Limit = RunQuery.LimitMax }))
            .Succeeded(out var page, out _));
        var (spares, active) = (page.Items.Select(item => item.Lease).Where(lease => lease.Role == LeaseRole.Spare)
            .ToArray(), page.Items.Select(item => item.Lease).Where(lease => lease.Role == LeaseRole.Active).ToArray());
        var filled = spares.FirstOrDefault(spare => spare.Slots.Any(slots => active.Any(lease => lease.Slots.Any(
            filler => filler.Node == slots.Node && (filler.Mask & slots.Mask) != 0))));
        return active.FirstOrDefault(lease => lease.Run == filled?.Run)?.Slots[0].Node;
    }

    private RunManifest MakeRun()
    {
        var key = new RunKey("ns", $"r{random.Next(1000)}");
        submitted.Add(key);
        var gpus = Chance(70) ? Between(1, 8) : Between(1, 24);
        var spec = new RunSpec
        {
            Owner = Pick(Owners),
            Resources = new Resources { GpuType = "H100", TotalGPUs = gpus },
            SparesPerGroup = Chance(35) ? Between(1, 4) : 0,
            Locality = Chance(40)
                ? new Locality { GroupGPUs = Chance(70) ? Between(1, gpus) : null, AllowCrossGroupSpread = Chance(60),
                    Selector = Chance(25) ? Place() : null,
                    Level = Chance(40) ? Pick(LocalityLevel.Node, LocalityLevel.Rack, LocalityLevel.Rack,
                        LocalityLevel.Block, LocalityLevel.Domain) : null,
                    LevelPolicy = Chance(60) ? LevelPolicy.Required : LevelPolicy.Preferred }
                : null,
            Follow = Chance(6) && Upstream(key) is { Length: > 0 } upstream
                ? new Follow { After = upstream, Grace = TimeSpan.FromMinutes(15 * Between(1, 4)),
                    OnUpstreamFailure = Chance(30) ? UpstreamFailure.Fail : UpstreamFailure.Wait }
                : null,
            Runtime = Chance(60) ? new RuntimeHints { ExpectedDuration = TimeSpan.FromMinutes(15 * Between(1, 12)),
                OnNodeFailure = Pick<NodeFailurePolicy?>(null, NodeFailurePolicy.Requeue, NodeFailurePolicy.Fail) }
                : null,
            Funding = Chance(30)
                ? new RunFunding { AllowBorrow = true, MaxBorrowGPUs = Chance(50) ? Between(0, 12) : null,
                    Sponsors = [.. Owners.Where(_ => Chance(30))] }
                : null,
        };
        if (Chance(35))
            spec = Elastic(spec);
        var run = new RunManifest(key, spec);
        if (spec.Malleable is not null)
            elastic[key] = run;
        return run;
    }

    private string[] Upstream(RunKey follower) =>
        [.. new[] { AnyRun().Name, $"r{random.Next(1000)}" }.Where(name => name != follower.Name).Distinct()];

    /// <summary>The run with several widths; with groups, each is whole groups.</summary>
    private RunSpec Elastic(RunSpec spec)
    {
        var group = spec.Locality?.GroupGPUs ?? 1;
        var (step, least) = (group * Between(1, 3), group * Between(1, 3));
        return spec with
        {
            Resources = spec.Resources with { TotalGPUs = least + step * Between(0, 2) },
            Malleable = new Malleable
            {
                MinTotalGPUs = least,
                MaxTotalGPUs = least + step * Between(2, 4),
                StepGPUs = step,
                DesiredTotalGPUs = Chance(50) ? least + step * Between(0, 2) : null,
            },
        };
    }

    private RunManifest WithAnotherWidth(RunManifest run)
    {
        var widths = run.Spec.Malleable!;
        return run with { Spec = run.Spec with { Malleable = widths with {
            DesiredTotalGPUs = widths.MinTotalGPUs + widths.StepGPUs * Between(0, 2) } } };
    }

    private RunKey AnyElastic() =>
        elastic.Count == 0 ? AnyRun() : elastic.Keys.Order().ElementAt(random.Next(elastic.Count));

    private Budget MakeBudget(string name)
    {
        var envelopes = Enumerable.Range(0, Between(1, 3)).Select(i => MakeEnvelope($"e{i}")).ToArray();
        var owner = Pick(Owners[..^1]);
        return new Budget
        {
            Name = name,
            Owner = owner,
            Parents = [.. (Chance(15) ? [Pick("org", "lab", "top")] : Chance(80) ? ParentByPath(owner) : [])
                .Where(parent => parent != owner)],
            Envelopes = envelopes,
            AggregateCaps = [.. Enumerable.Range(0, Chance(60) ? 0 : Between(1, 3)).Select(i => new AggregateCap
            {
                Name = $"cap{i}",
                Flavor = "H100",
                Envelopes = [.. envelopes.Where(_ => Chance(70)).DefaultIfEmpty(envelopes[0])
                    .Select(envelope => envelope.Name)],
                MaxConcurrency = Chance(90) ? Between(0, 20) : null,
            })],
        };
    }

    private static string[] ParentByPath(string owner) =>
        owner.LastIndexOf(':') is > 0 and var colon ? [owner[..colon]] : [];

    private Envelope MakeEnvelope(string name)
    {
        var start = VirtualTime.Epoch + TimeSpan.FromMinutes(Chance(60) ? -15 : 15 * Between(0, 40));
        return new Envelope
        {
            Name = name,
            Flavor = "H100",
            Concurrency = Between(0, 16),
            Start = Chance(15) ? null : start,
            End = Chance(15) ? null : start + TimeSpan.FromMinutes(Chance(60) ? 100_000 : 15 * Between(1, 40)),
            Selector = Chance(20) ? Place() : null,
            Sharing = Chance(80) ? Sharing.Family : Sharing.None,
            PreActivation = Chance(50)
                ? new PreActivation { AllowAdmission = Chance(50), AllowReservations = Chance(60) } : null,
            Lending = Chance(50) ? new Lending { Allow = Chance(90), To = Chance(15) ? []
                : [Pick("*", "org:*", "lab*", "org:ai:x")],
                MaxConcurrency = Chance(60) ? Between(0, 12) : null } : null,
        };
    }

    private Node MakeNode(string domain, string name, int gpus) => new()
    {
        Name = name,
        Flavor = "H100",
        Gpus = gpus,
        Labels = new Dictionary<string, string> { [NodeLabels.FabricDomain] = domain, ["region"] = Pick("east", "west"),
            [NodeLabels.Rack] = Pick("r0", "r1"), [NodeLabels.Block] = Pick("b0", "b0", "b1") },
    };

    private Dictionary<string, string> Place() =>
        Chance(70) ? new() { ["region"] = Pick("east", "west") } : new() { ["rack"] = Pick("r0", "r1") };

    private RunKey AnyRun() =>
        submitted.Count == 0 ? new RunKey("ns", "none") : submitted[random.Next(submitted.Count)];

    private static DateTimeOffset Quarter(DateTimeOffset at)
    {
        var quarter = TimeSpan.FromMinutes(15).Ticks;
        return new DateTimeOffset((at.Ticks + quarter - 1) / quarter * quarter, TimeSpan.Zero);
    }

    private int Between(int least, int most) => random.Next(least, most + 1);

    private bool Chance(int percent) => random.Next(100) < percent;

    private T Pick<T>(params T[] choices) => choices[random.Next(choices.Length)];
}
