using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// What a flavor needs to know about a run to admit it: the scheduling part of its spec, and its place in the queue.
/// </summary>
/// <remarks>
/// There is one per waiting or running run. To save memory, instants are UTC ticks, and each optional field has one
/// value that means absent.
/// </remarks>
public sealed record Demand
{
    // long.MinValue means absent. No duration is negative.
    private readonly long expectedDuration = long.MinValue;
    private readonly long checkpoint = long.MinValue;
    private readonly long submittedAt;
    // 0 means not yet admitted. No run is admitted at that instant, the first of year 1.
    private readonly long admittedAt;
    // 0 means absent, else one more than the level.
    private readonly byte level;

    /// <summary>The run.</summary>
    public required RunKey Run { get; init; }

    /// <summary>Its owner.</summary>
    public required string Owner { get; init; }

    /// <summary>GPUs to start with.</summary>
    public required int Gpus { get; init; }

    /// <summary>The least GPUs it runs with. 0 means all of them.</summary>
    public int GpusMin { get; init; }

    /// <summary>GPUs of one growth or shrink step. 0 means that it is not elastic.</summary>
    public int GpusStep { get; init; }

    /// <summary>The most GPUs it can use. 0 means <see cref="Gpus"/>.</summary>
    public int GpusMax { get; init; }

    /// <summary>GPUs that it grows towards, or has been asked to shrink to. 0 means <see cref="Gpus"/>.</summary>
    public int GpusDesired { get; init; }

    /// <summary>GPUs per placement group. 0 means no groups.</summary>
    public int GroupGpus { get; init; }

    /// <summary>Whether all groups must share one fabric domain.</summary>
    public bool OneDomain { get; init; }

    /// <summary>The level of the topology of which each group (without groups, the whole run) is to use one unit. Null
    /// if any.</summary>
    public LocalityLevel? Level
    {
        get => level == 0 ? null : (LocalityLevel)(level - 1);
        init => level = value is { } given ? (byte)(given + 1) : (byte)0;
    }

    /// <summary>Whether that level must be kept, rather than as far as possible.</summary>
    public bool LevelRequired { get; init; }

    /// <summary>The level that must be kept. Null if there is none.</summary>
    public LocalityLevel? RequiredLevel() => LevelRequired ? Level : null;

    /// <summary>Hot spares for each group.</summary>
    public int SparesPerGroup { get; init; }

    /// <summary>Labels that every node used must have, with equal values.</summary>
    public IReadOnlyDictionary<string, string>? Selector { get; init; }

    /// <summary>Whether and from whom it may borrow.</summary>
    public RunFunding? Funding { get; init; }

    /// <summary>The stated expected duration, if any.</summary>
    public TimeSpan? ExpectedDuration
    {
        get => DurationOf(expectedDuration);
        init => expectedDuration = value?.Ticks ?? long.MinValue;
    }

    /// <summary>The checkpoint interval, if any.</summary>
    public TimeSpan? Checkpoint
    {
        get => DurationOf(checkpoint);
        init => checkpoint = value?.Ticks ?? long.MinValue;
    }

    /// <summary>When it was submitted, which is its place in the queue.</summary>
    public required DateTimeOffset SubmittedAt
    {
        get => new(submittedAt, TimeSpan.Zero);
        init => submittedAt = value.UtcTicks;
    }

    /// <summary><see cref="SubmittedAt"/> in UTC ticks.</summary>
    internal long SubmittedTicks => submittedAt;

    /// <summary>
    /// When it was first admitted, which is its place in the funding order. A run that is cut and requeued keeps it.
    /// </summary>
    public DateTimeOffset? AdmittedAt
    {
        get => admittedAt == 0 ? null : new(admittedAt, TimeSpan.Zero);
        init => admittedAt = value?.UtcTicks ?? 0;
    }

    /// <summary>How many times it has been started.</summary>
    public int Attempt { get; init; }

    /// <summary>Whether it returns to the queue when a node failure leaves it too narrow, rather than fail.</summary>
    public bool RequeuesOnNodeFailure { get; init; }

    /// <summary>How many times in a row it was cut before it had run for its protected time.</summary>
    public int EarlyCuts { get; init; }

    /// <summary>
    /// The number of placement groups of its width; the last may be smaller. 1 without groups.
    /// </summary>
    public int Groups() => GroupGpus > 0 ? (Gpus + GroupGpus - 1) / GroupGpus : 1;

    /// <summary>GPUs that it starts on, with its spares.</summary>
    public int GpusWithSpares() => SparesPerGroup == 0 ? Gpus : Gpus + Groups() * SparesPerGroup;

    /// <summary>GPUs of one of its groups, with its spares.</summary>
    /// <param name="group">The group, from 0.</param>
    public int GpusOfGroup(int group) =>
        SparesPerGroup + (GroupGpus > 0 ? Math.Min(GroupGpus, Gpus - group * GroupGpus) : Gpus);

    /// <summary>
    /// Whether it has groups, which must each lie in one domain, or must lie in one unit of a required level.
    /// </summary>
    public bool IsWhole() => GroupGpus > 0 || LevelRequired;

    /// <summary>Whether its GPUs must lie together in some way. If not, any that it may use will do.</summary>
    public bool KeepsTogether() => OneDomain || IsWhole();

    /// <summary>The least width that it runs with, in GPUs.</summary>
    public int LeastGpus() => GpusMin > 0 ? GpusMin : Gpus;

    /// <summary>The width that it grows or shrinks towards, in GPUs.</summary>
    public int WantedGpus() => GpusDesired > 0 ? GpusDesired : Gpus;

    /// <summary>The same demand with another desired width. It then starts no wider than that.</summary>
    /// <param name="desired">The width in GPUs, on the grid of its steps.</param>
    public Demand WithDesired(int desired) => this with { GpusDesired = desired, Gpus = Math.Min(Gpus, desired) };

    /// <summary>The demand of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="owner">Its owner.</param>
    /// <param name="spec">Its spec.</param>
    /// <param name="submittedAt">When it was submitted.</param>
    /// <param name="attempt">How many times it has been started.</param>
    public static Demand Of(
        RunKey run, string owner, RunSpec spec, DateTimeOffset submittedAt, int attempt = 0) => new()
    {
        Run = run,
        Owner = owner,
        Gpus = Math.Min(spec.Resources.TotalGPUs, spec.Malleable?.DesiredTotalGPUs ?? int.MaxValue),
        GpusMin = spec.Malleable?.MinTotalGPUs ?? 0,
        GpusStep = spec.Malleable?.StepGPUs ?? 0,
        GpusMax = spec.Malleable?.MaxTotalGPUs ?? 0,
        GpusDesired = spec.Malleable is { } widths ? widths.DesiredTotalGPUs ?? widths.MaxTotalGPUs : 0,
        GroupGpus = spec.Locality?.GroupGPUs ?? 0,
        OneDomain = spec.Locality is { AllowCrossGroupSpread: false } or { GroupGPUs: null, Level: LocalityLevel.Domain,
            LevelPolicy: LevelPolicy.Required },
        // A group is in one domain anyway, and a run without groups fills one domain before it takes from the next.
        Level = spec.Locality?.Level is LocalityLevel.Domain ? null : spec.Locality?.Level,
        LevelRequired = spec.Locality is { Level: not null and not LocalityLevel.Domain,
            LevelPolicy: LevelPolicy.Required },
        SparesPerGroup = spec.SparesPerGroup,
        Selector = spec.Locality?.Selector,
        Funding = spec.Funding,
        ExpectedDuration = spec.Runtime?.ExpectedDuration,
        Checkpoint = spec.Runtime?.Checkpoint,
        RequeuesOnNodeFailure = spec.Runtime is { OnNodeFailure: NodeFailurePolicy.Requeue }
            or { OnNodeFailure: null, Checkpoint: not null },
        SubmittedAt = submittedAt,
        Attempt = attempt,
    };

    private static TimeSpan? DurationOf(long ticks) => ticks == long.MinValue ? null : new TimeSpan(ticks);
}
