using System.Text.Json.Serialization;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// A fact about a run, which its flavor delivers at least once. It carries the number of its ledger entry, so that the
/// run can ignore facts it has already seen.
/// </summary>
public sealed record RunFact
{
    /// <summary>The number of the ledger entry.</summary>
    public required long Sequence { get; init; }

    /// <summary>The flavor whose ledger has the entry.</summary>
    public required string Flavor { get; init; }

    /// <summary>The run.</summary>
    public required RunKey Run { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What happened.</summary>
    public RunFactKind Kind { get; init; }

    /// <summary>
    /// Why leases ended, for <see cref="RunFactKind.Cut"/>, <see cref="RunFactKind.Closed"/>,
    /// <see cref="RunFactKind.Left"/>, and <see cref="RunFactKind.Resized"/> unless <see cref="Began"/> says why.
    /// </summary>
    public LeaseEndReason Reason { get; init; }

    /// <summary>The attempt that the fact is about.</summary>
    public int Attempt { get; init; }

    /// <summary>
    /// Why leases began, for <see cref="RunFactKind.Resized"/> when none ended.
    /// </summary>
    public LeaseStartReason? Began { get; init; }

    /// <summary>
    /// GPUs held from then on, for <see cref="RunFactKind.Started"/> and <see cref="RunFactKind.Resized"/>.
    /// </summary>
    public int Gpus { get; init; }

    /// <summary>
    /// The leases held from then on, for <see cref="RunFactKind.Started"/> and <see cref="RunFactKind.Resized"/>. They
    /// are not stored with the fact, because the flavor's ledger has them.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<Lease>? Leases { get; init; }

    /// <summary>
    /// When the run was submitted, for <see cref="RunFactKind.Closed"/> and <see cref="RunFactKind.Left"/>: it tells
    /// one submission from the next. It is not stored with the fact, because the flavor's ledger has it.
    /// </summary>
    [JsonIgnore]
    public DateTimeOffset SubmittedAt { get; init; }

    /// <summary>The seed of the lottery that drew the run, in hexadecimal.</summary>
    public string? Seed { get; init; }

    /// <summary>The run for which it was cut.</summary>
    public RunKey? Cause { get; init; }

    /// <summary>The node whose failure was the cause.</summary>
    public string? Node { get; init; }

    /// <summary>GPU-seconds used in this attempt, by class, up to the end of its leases.</summary>
    public ClassSplit GpuSeconds { get; init; }

    /// <summary>
    /// What the run takes along when it leaves the queue, for <see cref="RunFactKind.Withdrawn"/>; absent if it was
    /// never admitted.
    /// </summary>
    public RunPlace? Place { get; init; }
}

/// <summary>What a run that was admitted before keeps while it is out of the queue.</summary>
/// <param name="AdmittedAt">See <see cref="Demand.AdmittedAt"/>.</param>
/// <param name="EarlyCuts">See <see cref="Demand.EarlyCuts"/>.</param>
public sealed record RunPlace(DateTimeOffset AdmittedAt, int EarlyCuts);

/// <summary>What happened to a run in its flavor.</summary>
public enum RunFactKind
{
    /// <summary>It waits in the queue.</summary>
    Queued,

    /// <summary>It waits with a reservation.</summary>
    Reserved,

    /// <summary>Its leases started.</summary>
    Started,

    /// <summary>Its leases were cut, and it waits again.</summary>
    Cut,

    /// <summary>Its leases ended for good.</summary>
    Closed,

    /// <summary>It left the queue without starting.</summary>
    Left,

    /// <summary>It left the queue because it is held; it may ask again.</summary>
    Withdrawn,

    /// <summary>Its leases changed while it runs: it grew, shrank, or had failed GPUs replaced.</summary>
    Resized,
}
