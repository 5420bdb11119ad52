using Jobtree.Manifests;
using Jobtree.Core.Forecasting;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Manifests.Tests;

/// <summary>
/// Makes a manifest of any kind from a seed: every field is sometimes absent, sometimes at its bounds, sometimes nasty.
/// </summary>
internal sealed class ManifestMaker(int seed)
{
    private static readonly string[] Nasty =
    [
        "", " ", "null", "~", "true", "no", "on", "1.0", "0x1f", "017", "2025-11-01", "1e3", "- a", "a: b", "a #b", "#",
            "&a", "*a", "!t", "|", ">", "%x", "@", "`",
        "'", "\"", "\\", "a\nb", "\n", "a\r\nb\t", "trailing ", " leading", "ünïcödé", "日本語", "🚀🚀", "\u2028", "{{}}",
            "[1]", "---", "...", "<<", "=", "a,b", "?", "\uFEFF",
    ];

    private readonly Random random = new(seed);

    public Manifest Make() => random.Next(6) switch
    {
        0 => new NodeManifest(MakeNode()),
        1 => new BudgetManifest(MakeBudget()),
        2 => new RunManifest(Key(), WithRoles(Spec()), Maybe(Labels), Maybe(Status)),
        3 => new ReservationManifest(MakeReservation()),
        4 => new FlavorManifest(MakePast()),
        _ => MakeLease(),
    };

    private Node MakeNode() => new()
    {
        Name = Name(),
        Flavor = Flavor(),
        Gpus = Between(1, 64),
        State = Any<NodeState>(),
        StateSet = Maybe(() => new NodeStateChange(Name(), Time(), Coin() ? null : Name())),
        Labels = Maybe(() => Labels(1)) ?? Node.EmptyLabels,
    };

    private Budget MakeBudget()
    {
        var flavor = Flavor();
        var envelopes = Several(
            4, i => MakeEnvelope(Pick($"{i}", $"west-{i}", $"{i}.0", $"{i}" + new string('e', 252)), flavor));
        var home = Maybe(Namespace);
        var owner = Owner();
        return new Budget
        {
            Name = Name(),
            Namespace = home,
            IsNamespaced = home is not (null or RunKey.DefaultNamespace),
            Owner = owner,
            Parents = Several(3, i => $"parent{i}:A_b.c-{i}"),
            Envelopes = envelopes,
            AggregateCaps = envelopes.Length == 0 ? [] : Several(2, i => new AggregateCap
            {
                Name = $"cap.{i}",
                Flavor = flavor,
                Envelopes = [.. envelopes.Take(Between(1, envelopes.Length)).Select(envelope => envelope.Name)],
                MaxConcurrency = Coin() ? null : Between(0, 1_000_000),
                MaxGPUHours = Coin() ? null : Between(0, 1_000_000),
            }),
            Grants = Several(2, _ => MakeGrant(owner, flavor)) is { Length: > 0 } grants ? grants : null,
            AutoRenew = Maybe(() => new AutoRenew { NotifyBefore = Duration() }),
        };
    }

    private Grant MakeGrant(string owner, string flavor)
    {
        var start = Time();
        return new Grant
        {
            To = Coin() || owner.Length > 250 ? owner : $"{owner}:team",
            Flavor = flavor,
            Concurrency = Between(0, 1_000_000),
            Start = Coin() ? null : start,
            End = Coin() ? null : start + Duration(),
        };
    }

    private Envelope MakeEnvelope(string name, string flavor)
    {
        var start = Time();
        return new Envelope
        {
            Name = name,
            Flavor = flavor,
            Selector = Maybe(() => Labels(1)),
            Concurrency = Between(0, 1_000_000),
            Start = Coin() ? null : start,
            End = Coin() ? null : start + Duration(),
            MaxGPUHours = Coin() ? null : Between(0, 1_000_000),
            Sharing = Any<Sharing>(),
            PreActivation = Maybe(() => new PreActivation { AllowAdmission = Coin(), AllowReservations = Coin() }),
            Lending = Maybe(() => new Lending { Allow = Coin(), To = Several(3, i => $"org:{i}*"),
                MaxConcurrency = Coin() ? null : Between(0, 9) }),
        };
    }

    private RunSpec Spec()
    {
        var least = Between(1, 1000);
        var (most, step) = (Between(least, 1_000_000), Between(1, 64));
        var steps = (most - least) / step;
        return new RunSpec
        {
            Owner = Maybe(() => Owner()),
            Resources = new Resources { GpuType = Flavor(), TotalGPUs = least + step * Between(0, steps) },
            Locality = Maybe(() => new Locality { GroupGPUs = Coin() ? null : Between(1, 512),
                AllowCrossGroupSpread = Coin(), Selector = Maybe(() => Labels(1)) } is var locality && Coin()
                    ? locality : locality with { Level = (LocalityLevel)Between(0, 3),
                        LevelPolicy = Coin() ? LevelPolicy.Required : LevelPolicy.Preferred }),
            Malleable = Maybe(() => new Malleable { MinTotalGPUs = least, MaxTotalGPUs = most,
                StepGPUs = step, DesiredTotalGPUs = Coin() ? null : least + step * Between(0, steps) }),
            SparesPerGroup = Between(0, 64),
            Funding = Maybe(() => new RunFunding { AllowBorrow = Coin(), MaxBorrowGPUs = Coin() ? null : Between(0, 64),
                Sponsors = Several(3, i => $"org:s{i}") }),
            Follow = Maybe(() => new Follow { After = [.. Several(3, i => $"up-{i}"), "last.one"],
                OnUpstreamFailure = Any<UpstreamFailure>(), Grace = Coin() ? null : Duration() }),
            Runtime = Maybe(() => new RuntimeHints { Checkpoint = Coin() ? null : Duration(), ExpectedDuration = Coin()
                ? null : Duration(), OnNodeFailure = Coin() ? null : Any<NodeFailurePolicy>() }),
            Workload = Maybe(() => new Workload { Image = Maybe(() => "registry.example/train:1.2"),
                Command = Command(), Env = Maybe(Env), Secrets = Maybe(Secrets) }),
        };
    }

    /// <summary>The spec, or one whose width is that of some roles.</summary>
    private RunSpec WithRoles(RunSpec spec)
    {
        if (Coin())
            return spec;
        List<WorkloadRole> roles = [];
        for (var i = Between(1, 3); i > 0; i--)
        {
            var policy = Any<PodFailurePolicy>();
            roles.Add(new WorkloadRole { Name = $"role-{i}", Width = Between(1, 9), GpusPerPod = Between(1, 64),
                Image = Maybe(() => "registry.example/train:1.2"), Command = Command(), Env = Maybe(Env),
                Secrets = Maybe(Secrets),
                FailurePolicy = policy, Retries = policy == PodFailurePolicy.Retry ? Between(1, 1000) : 0,
                BackOff = policy == PodFailurePolicy.Retry && Coin() ? Duration() : null });
        }
        return spec with { Malleable = null, Workload = new Workload { Roles = roles }, Resources = spec.Resources with
        {
            TotalGPUs = (int)roles.Sum(role => role.Gpus()),
        } };
    }

    private RunStatus Status() => new()
    {
        Phase = Any<RunPhase>(),
        Conditions = Coin() ? [] : [.. Enum.GetValues<ConditionType>()
            .Select(type => new Condition(type, Coin(), "SomeReason", Coin() ? null : Time(), Maybe(Line)))],
        Width = Maybe(() => new RunWidth(Between(0, 9), Between(0, 9), Between(0, 9), Between(0, 9), Between(0, 9))),
        Funding = Maybe(() => new RunFundingStatus(Split(), Split(), Several(3, i => $"org:l{i}"))),
        Eta = Maybe(() => new RunEta(Time(), Time())),
        Queue = Maybe(() => new QueuePlace(Between(0, 9), Between(0, 9))),
        Message = Maybe(Line),
        Hold = Maybe(() => new RunHoldStatus(Line(), Time(), Maybe(Line))),
        SubmittedAt = Coin() ? null : Time(),
        StartedAt = Coin() ? null : Time(),
        FinishedAt = Coin() ? null : Time(),
        Attempt = Between(0, 3),
        Schedule = Maybe(MakeSchedule),
    };

    private RunSchedule MakeSchedule() => new()
    {
        WaitingSince = Coin() ? null : Time(),
        AdmittedAt = Coin() ? null : Time(),
        AttemptSince = Coin() ? null : Time(),
        ExpectedEnd = Coin() ? null : Time(),
        Gpus = Coin() ? null : Between(1, 1_000_000),
        DesiredGpus = Coin() ? null : Between(1, 1_000_000),
        EarlyCuts = Between(0, 9),
        Forecast = Maybe(() => new RunEta(Time(), Time())),
        ForecastWait = Coin() ? null : Coin() ? TimeSpan.Zero : Duration(),
        GpuSeconds = Coin() ? null : Split(),
    };

    private FlavorPast MakePast() => new()
    {
        Flavor = Flavor(),
        At = Coin() ? DateTimeOffset.UnixEpoch : Time(),
        Sequence = random.NextInt64(1_000_000_000_000_000),
        Head = Coin() ? "" : HashChain.Link([(byte)random.Next(256)]),
        NextLease = random.NextInt64(1_000_000_000_000_000),
        Durations = Several(3, i => new DurationsSnapshot(
            i == 0 ? "" : $"org:o{i}", Several(3, _ => Coin() ? TimeSpan.Zero : Duration()),
            Coin() ? null : Between(1, 64))),
        Statements = Several(3, i => new DurationsSnapshot($"org:o{i}", Several(3, _ => Duration()))),
        ForecastRatios = Several(3, _ => random.NextDouble() * 10),
        ForecastClasses = Several(3, i => new ForecastClassSnapshot(i, Several(3, _ => random.NextDouble()), 1.5)),
        ForecastsStarted = Between(0, 9),
        ForecastsHeld = Between(0, 9),
        ForecastMargin = random.NextDouble(),
        Lateness = Maybe(() => new LatenessCounts(Several(3, i => (long)i), random.NextDouble() - 0.5)),
        Decisions = new DecisionCounts(1, 2, 3, 4, random.NextInt64(1_000_000)),
    };

    private Reservation MakeReservation() => new()
    {
        Run = Key(),
        Made = Time(),
        EarliestStart = Time(),
        IntendedSlice = Coin() ? [] : Slots(wholeNodes: true),
        Payers = Several(3, i => new EnvelopeKey(i == 0 && Coin() ? "" : Name(), Name())),
        State = Any<ReservationState>(),
        DeficitGPUs = Between(0, 100),
        Moves = Between(0, 9),
        Moved = Maybe(() => new PromiseMove(Time(), Time(), Any<MoveCause>(), Maybe(() => "node-1"))),
    };

    private LeaseManifest MakeLease()
    {
        var start = Time();
        var lease = new Lease
        {
            Id = random.NextInt64(0, long.MaxValue),
            Run = Key(),
            Group = Between(0, 9),
            Chunk = Between(0, 9),
            Slots = Slots(wholeNodes: false),
            Role = Any<LeaseRole>(),
            Payer = Coin() ? null : new EnvelopeKey(Name(), Name()),
            Start = start,
            Reason = Any<LeaseStartReason>(),
        };
        var reason = Any<LeaseEndReason>();
        var seeded = reason is LeaseEndReason.RandomPreempt or LeaseEndReason.ReclaimUnfunded;
        var end = Maybe(() => new LeaseEnd(lease.Id, lease.Run, start + Duration(), reason, seeded ? "0017e4" : null));
        return new LeaseManifest(lease, end, Coin() ? null : Any<FundingClass>());
    }

    private NodeSlots[] Slots(bool wholeNodes) =>
        [.. Several(3, i => i).Append(9).Select(i => new NodeSlots(
            $"n{i}.x", wholeNodes && Coin() ? ulong.MaxValue : (ulong)random.NextInt64(1, long.MaxValue)))];

    private string[] Command() => Coin() ? [] : ["/bin/train", .. Several(5, _ => Free())];

    private Dictionary<string, string> Env() =>
        Several(4, i => $"VAR_{i}").Prepend("A").ToDictionary(name => name, _ => Free());

    private Dictionary<string, SecretReference> Secrets() => new()
    {
        ["TOKEN"] = Coin() ? new() { Secret = "token.v1" } : new() { File = "deep/er/token" },
        ["X_KEY"] = new() { Secret = "9" },
    };

    private Dictionary<string, string> Labels() => Labels(0);

    private Dictionary<string, string> Labels(int least) =>
        new[] { "fabric.domain", "rack", "region", "x.example/Y_z" }.Take(Between(least, 4)).ToDictionary(
            name => name, _ => Pick("17", "us-west", "", "true", "1.5", "null", "A_b.c"));

    private ClassSplit Split() =>
        new(Between(0, 100), random.NextDouble() * 1e6, Coin() ? 0 : 1e-9, Coin() ? double.MaxValue : 0.1);

    private RunKey Key() => new(Namespace(), Name());

    private string Name() =>
        Pick("a", "train-128", "n17.rack-4", "0", "1.5", "true", "null", "1e5", "no", new string('a', 253));

    private string Owner() => Pick("org", "org:ai:rai", "1:2", "true", "Org:a_b.c-d", new string('o', 256));

    private string Namespace() => Pick("default", "rai-sys", "7", "on", new string('n', 63));

    private string Flavor() => Pick("H100-80GB", "a", "4090", "1e3", new string('F', 63));

    private string Free() => Pick(Nasty) + (Coin() ? "" : Pick(Nasty));

    private string Line() => Free().Replace('\n', ' ').Replace('\r', ' ').Replace('\t', ' ').Replace('\u2028', ' ');

    private DateTimeOffset Time() => new DateTimeOffset(1970, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(
        random.NextInt64(0, 4_000_000_000L * TimeSpan.TicksPerSecond) / Pick(1, TimeSpan.TicksPerSecond) * Pick(1, 7));

    private TimeSpan Duration() => Pick(TimeSpan.FromTicks(1), TimeSpan.FromMinutes(90), TimeSpan.FromDays(3650),
        TimeSpan.FromTicks(random.NextInt64(1, TimeSpan.TicksPerDay)));

    private bool Coin() => random.Next(2) == 0;

    private int Between(int least, int most) => Pick(least, most, random.Next(least, most + 1));

    private T Any<T>()
        where T : struct, Enum => Pick(Enum.GetValues<T>());

    private T Pick<T>(params T[] choices) => choices[random.Next(choices.Length)];

    private T? Maybe<T>(Func<T> make)
        where T : class => Coin() ? null : make();

    private T[] Several<T>(int most, Func<int, T> make) => [.. Enumerable.Range(0, random.Next(most + 1)).Select(make)];
}
