using System.Globalization;
using Jobtree.Actors.Tests.Fleets;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Tests.Stories;

/// <summary>Makes manifests from the words of a command.</summary>
internal static class ManifestWords
{
    /// <summary><c>nodes 9x8 flavor=H100 domain=d0 [name=n] [state=Cordoned] [labels=region:west]</c>.</summary>
    public static IReadOnlyList<Manifest> Nodes(Words words)
    {
        var size = words.Subject.Split('x').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        var domain = words.Option("domain") ?? throw new FormatException("nodes needs a domain.");
        var labels = words.Labels("labels") ?? [];
        labels[NodeLabels.FabricDomain] = domain;
        var name = words.Option("name") ?? domain + "n";
        var flavor = words.Option("flavor") ?? "H100";
        var state = words.Option("state") is { } text ? Enum.Parse<NodeState>(text) : NodeState.Ready;
        words.Done();
        return [.. Enumerable.Range(0, size[0]).Select(i => new NodeManifest(new Node
        {
            Name = name + i.ToString(size[0] > 10 ? "D2" : "D1", CultureInfo.InvariantCulture),
            Flavor = flavor,
            Gpus = size[1],
            Labels = labels,
            State = state,
        }))];
    }

    /// <summary>
    /// <c>budget NAME owner=.. [parents=a,b] ENVELOPE=48@H100 [window=1h..3h] [lending=org:*/32] [sharing=none]
    /// [select=region:west] [pre=reserve+admit|none] [hours=100] ... [cap.NAME=40@H100/e1+e2/500]</c>; what follows
    /// an envelope is about it. A side of a window that is left out is open. A cap has a width, a flavor, or both, and
    /// perhaps GPU-hours.
    /// </summary>
    public static BudgetManifest Budget(Words words)
    {
        string owner = "";
        string[] parents = [];
        var envelopes = new List<Envelope>();
        var caps = new List<AggregateCap>();
        foreach (var (name, value) in words.Options)
        {
            if (name == "owner")
                owner = value;
            else if (name == "parents")
                parents = value.Split(',');
            else if (name.StartsWith("cap.", StringComparison.Ordinal))
                caps.Add(Cap(name[4..], value));
            else if (Term(name, value) is { } term)
                envelopes[^1] = term(envelopes[^1]);
            else
                envelopes.Add(Envelope(name, value));
        }
        return new BudgetManifest(new Budget { Name = words.Subject, Owner = owner, Parents = parents,
            Envelopes = envelopes, AggregateCaps = caps });
    }

    /// <summary>
    /// <c>submit ns/name [owner=..] gpus=32 [flavor=H100] [group=8] [spread=no] [level=rack[!]] [select=region:west]
    /// [checkpoint=30m] [expected=1h] [range=8..24/8] [desired=16] [spares=1] [failure=requeue]
    /// [sponsors=org:x,org:y] [borrow=16] [after=a,b] [grace=10m] [upstream=fail]</c>. A level with an exclamation
    /// mark is required.
    /// </summary>
    public static RunManifest Run(Words words)
    {
        Assert.True(RunKey.TryParse(words.Subject, out var key));
        var (group, spread, select) = (words.Number("group"), words.Option("spread"), words.Labels("select"));
        var level = words.Option("level");
        var (checkpoint, expected) = (words.Time("checkpoint"), words.Time("expected"));
        var (after, grace, upstream) = (words.Option("after"), words.Time("grace"), words.Option("upstream"));
        var (sponsors, borrow, range) = (words.Option("sponsors"), words.Number("borrow"), words.Option("range"));
        NodeFailurePolicy? failure = words.Option("failure") is { } policy
            ? Enum.Parse<NodeFailurePolicy>(policy, ignoreCase: true) : null;
        var desired = words.Number("desired");
        var spec = new RunSpec
        {
            Owner = words.Option("owner"),
            Resources = new Resources { GpuType = words.Option("flavor") ?? "H100", TotalGPUs = words.Number("gpus")
                ?? 1 },
            Locality = group is null && spread is null && select is null && level is null ? null
                : new Locality { GroupGPUs = group, AllowCrossGroupSpread = spread != "no", Selector = select,
                    Level = level is null ? null : Enum.Parse<LocalityLevel>(level.TrimEnd('!'), ignoreCase: true),
                    LevelPolicy = level?.EndsWith('!') == true ? LevelPolicy.Required : LevelPolicy.Preferred },
            SparesPerGroup = words.Number("spares") ?? 0,
            Runtime = checkpoint is null && expected is null && failure is null ? null
                : new RuntimeHints { Checkpoint = checkpoint, ExpectedDuration = expected, OnNodeFailure = failure },
            Funding = sponsors is null ? null
                : new RunFunding { AllowBorrow = true, MaxBorrowGPUs = borrow, Sponsors = sponsors.Split(',') },
            Follow = after is null ? null : new Follow { After = after.Split(','), Grace = grace,
                OnUpstreamFailure = upstream == "fail" ? UpstreamFailure.Fail : UpstreamFailure.Wait },
            Malleable = range is null ? null
                : Range(range.Split(["..", "/"], StringSplitOptions.None)) with { DesiredTotalGPUs = desired },
        };
        words.Done();
        return new RunManifest(key, spec);
    }

    private static Malleable Range(string[] numbers) => new()
    {
        MinTotalGPUs = int.Parse(numbers[0], CultureInfo.InvariantCulture),
        MaxTotalGPUs = int.Parse(numbers[1], CultureInfo.InvariantCulture),
        StepGPUs = int.Parse(numbers[2], CultureInfo.InvariantCulture),
    };

    private static Envelope Envelope(string name, string value)
    {
        var (gpus, flavor) = Width(value);
        return new Envelope { Name = name, Flavor = flavor, Concurrency = gpus, Start = VirtualTime.Epoch
            - TimeSpan.FromDays(1), End = VirtualTime.Epoch + TimeSpan.FromDays(365) };
    }

    private static Func<Envelope, Envelope>? Term(string name, string value) => name switch
    {
        "window" => envelope =>
            envelope with { Start = Side(value.Split("..")[0]), End = Side(value.Split("..")[1]) },
        "lending" => envelope => envelope with { Lending = Lending(value.Split('/')) },
        "sharing" => envelope => envelope with { Sharing = Enum.Parse<Sharing>(value, ignoreCase: true) },
        "hours" => envelope =>
            envelope with { MaxGPUHours = double.Parse(value, CultureInfo.InvariantCulture) },
        "select" => envelope => envelope with { Selector = Words.LabelsOf(value) },
        "pre" => envelope => envelope with
        {
            PreActivation = new PreActivation
            {
                AllowReservations = value.Contains("reserve", StringComparison.Ordinal),
                AllowAdmission = value.Contains("admit", StringComparison.Ordinal),
            },
        },
        _ => null,
    };

    /// <summary>One side of a window; nothing means that it is open on that side.</summary>
    private static DateTimeOffset? Side(string text) => text.Length == 0 ? null : Words.Instant(text);

    private static Lending Lending(string[] terms) =>
        new()
        {
            Allow = true,
            To = terms[0].Split(',', StringSplitOptions.RemoveEmptyEntries),
            MaxConcurrency = terms.Length > 1 ? int.Parse(terms[1], CultureInfo.InvariantCulture) : null,
        };

    private static AggregateCap Cap(string name, string value)
    {
        var parts = value.Split('/');
        var (gpus, flavor) = Width(parts[0].StartsWith('@') ? $"0{parts[0]}" : parts[0]);
        return new AggregateCap
        {
            Name = name,
            Flavor = flavor,
            Envelopes = parts[1].Split('+'),
            MaxConcurrency = parts[0].StartsWith('@') ? null : gpus,
            MaxGPUHours = parts.Length > 2 ? double.Parse(parts[2], CultureInfo.InvariantCulture) : null,
        };
    }

    private static (int Gpus, string Flavor) Width(string text)
    {
        var parts = text.Split('@');
        return (int.Parse(parts[0], CultureInfo.InvariantCulture), parts.Length > 1 ? parts[1] : "H100");
    }
}
