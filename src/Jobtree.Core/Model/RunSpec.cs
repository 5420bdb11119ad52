using System.Text.Json.Serialization;

namespace Jobtree.Core.Model;

/// <summary>What a run asks for: the <c>spec</c> of a Run manifest. Absent sections take their defaults.</summary>
public sealed record RunSpec
{
    /// <summary>The run's owner; null: see <see cref="Jobtree.Core.Funding.DefaultOwner"/>.</summary>
    public string? Owner { get; init; }

    /// <summary>Which GPUs and how many.</summary>
    public required Resources Resources { get; init; }

    /// <summary>How close together the GPUs must be.</summary>
    public Locality? Locality { get; init; }

    /// <summary>The widths that the run accepts; absent: exactly <see cref="Resources.TotalGPUs"/>.</summary>
    public Malleable? Malleable { get; init; }

    /// <summary>The number of hot spares for each group, at least 0.</summary>
    public int SparesPerGroup { get; init; }

    /// <summary>Whether and from whom the run may borrow.</summary>
    public RunFunding? Funding { get; init; }

    /// <summary>Runs that must complete first.</summary>
    public Follow? Follow { get; init; }

    /// <summary>Hints on duration and checkpoints.</summary>
    public RuntimeHints? Runtime { get; init; }

    /// <summary>What to execute.</summary>
    public Workload? Workload { get; init; }
}

/// <summary>Which GPUs a run asks for and how many.</summary>
public sealed record Resources
{
    /// <summary>The GPU flavor.</summary>
    public required string GpuType { get; init; }

    /// <summary>The width it starts with, at least 1.</summary>
    public required int TotalGPUs { get; init; }
}

/// <summary>How close together the GPUs of a run must be.</summary>
public sealed record Locality
{
    /// <summary>
    /// GPUs per placement group; each group stays in one fabric domain. Absent: no groups. The last group may be
    /// smaller.
    /// </summary>
    public int? GroupGPUs { get; init; }

    /// <summary>Whether the groups may be in different domains; true by default.</summary>
    // Always written: journals leave out zeros, and false is not what an absent value means here.
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public bool AllowCrossGroupSpread { get; init; } = true;

    /// <summary>
    /// How close together the GPUs of a group (without groups, of the run) are to be: in one unit of this level.
    /// Absent: no closer than a group must be anyway.
    /// </summary>
    public LocalityLevel? Level { get; init; }

    /// <summary>Whether the level must be kept; by default it is kept as far as possible.</summary>
    public LevelPolicy LevelPolicy { get; init; }

    /// <summary>Labels that every node used must have.</summary>
    public IReadOnlyDictionary<string, string>? Selector { get; init; }
}

/// <summary>The levels of a fleet's topology, from the narrowest. Units of one level nest in those of the next.
/// </summary>
public enum LocalityLevel
{
    /// <summary>One node.</summary>
    Node,

    /// <summary>The nodes of a block with the same <see cref="NodeLabels.Rack"/>; a node without one is a rack of its
    /// own.</summary>
    Rack,

    /// <summary>The nodes of a fabric domain with the same <see cref="NodeLabels.Block"/>; a rack without one is a
    /// block of its own.</summary>
    Block,

    /// <summary>The nodes of a fabric domain.</summary>
    Domain,
}

/// <summary>How strictly a run's level is kept.</summary>
public enum LevelPolicy
{
    /// <summary>As few units as possible; the run never waits for it.</summary>
    Preferred,

    /// <summary>One unit for each group; the run waits until one has room.</summary>
    Required,
}

/// <summary>The widths that an elastic run accepts.</summary>
public sealed record Malleable
{
    /// <summary>The fewest GPUs it can run with.</summary>
    public required int MinTotalGPUs { get; init; }

    /// <summary>The most GPUs it can use.</summary>
    public required int MaxTotalGPUs { get; init; }

    /// <summary>The GPUs of one growth or shrink step.</summary>
    public required int StepGPUs { get; init; }

    /// <summary>The preferred width; by default <see cref="MaxTotalGPUs"/>.</summary>
    public int? DesiredTotalGPUs { get; init; }
}

/// <summary>Whether a run may borrow outside its owner's family, from whom, and how much.</summary>
public sealed record RunFunding
{
    /// <summary>Whether it may borrow at all.</summary>
    public bool AllowBorrow { get; init; }

    /// <summary>The most GPUs that one admission or growth step may borrow; absent: no bound.</summary>
    public int? MaxBorrowGPUs { get; init; }

    /// <summary>Owners to borrow from, in this order.</summary>
    public IReadOnlyList<string> Sponsors { get; init; } = [];
}

/// <summary>Runs of the same namespace that must complete before this one is admitted.</summary>
public sealed record Follow
{
    /// <summary>Names of the upstream runs.</summary>
    public required IReadOnlyList<string> After { get; init; }

    /// <summary>What to do when an upstream run fails or is gone.</summary>
    public UpstreamFailure OnUpstreamFailure { get; init; }

    /// <summary>How long to wait for an upstream run that failed, or was never submitted, to be submitted; by default
    /// <see cref="GraceDefault"/>.</summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>The grace of a run that states none: 30 minutes.</summary>
    public static TimeSpan GraceDefault { get; } = TimeSpan.FromMinutes(30);
}

/// <summary>What a following run does when an upstream run fails or is gone.</summary>
public enum UpstreamFailure
{
    /// <summary>Wait for the grace period, then fail.</summary>
    Wait,

    /// <summary>Fail at once.</summary>
    Fail,
}

/// <summary>A run's hints about its duration.</summary>
public sealed record RuntimeHints
{
    /// <summary>
    /// The interval between checkpoints: how much work the run can lose, and how long it is protected from a lottery.
    /// </summary>
    public TimeSpan? Checkpoint { get; init; }

    /// <summary>How long it is expected to run.</summary>
    public TimeSpan? ExpectedDuration { get; init; }

    /// <summary>
    /// What becomes of the run when a node under it fails and nothing can replace the lost GPUs. Absent: requeue if
    /// <see cref="Checkpoint"/> is given, else fail.
    /// </summary>
    public NodeFailurePolicy? OnNodeFailure { get; init; }
}

/// <summary>What becomes of a run that a node failure leaves too narrow.</summary>
public enum NodeFailurePolicy
{
    /// <summary>It returns to the queue with its admission time kept.</summary>
    Requeue,

    /// <summary>It fails.</summary>
    Fail,
}

/// <summary>What a run executes: the same in every process, or by <see cref="Roles"/>.</summary>
public sealed record Workload
{
    /// <summary>The container image, for executors that use one.</summary>
    public string? Image { get; init; }

    /// <summary>The command and its arguments.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Environment variables.</summary>
    public IReadOnlyDictionary<string, string>? Env { get; init; }

    /// <summary>Environment variables whose values are secret; none of them is in <see cref="Env"/>.</summary>
    public IReadOnlyDictionary<string, SecretReference>? Secrets { get; init; }

    /// <summary>The roles among its pods, in order; then image, command and environment are theirs. Absent: every
    /// process does the same.</summary>
    public IReadOnlyList<WorkloadRole>? Roles { get; init; }
}
