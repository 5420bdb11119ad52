using System.Text.Json.Serialization;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// A fact about a run, which its flavor delivers at least once. It carries the number of its ledger entry, by which the
/// run ignores facts that it has seen.
/// </summary>
public sealed record RunFact
{
    /// <summary>The number of the ledger entry.</summary>
    public required long Sequence { get; init; }

    /// <summary>The flavor, in whose ledger the entry has its number.</summary>
    public required string Flavor { get; init; }

    /// <summary>The run.</summary>
    public required RunKey Run { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What happened.</summary>
    public RunFactKind Kind { get; init; }

    /// <summary>
    /// Why leases ended, for <see cref="RunFactKind.Cut"/>, <see cref="RunFactKind.Closed"/> and
    /// <see cref="RunFactKind.Left"/>.
    /// </summary>
    public LeaseEndReason Reason { get; init; }

    /// <summary>Which start of the run it is about.</summary>
    public int Attempt { get; init; }

    /// <summary>GPUs held from now on, for <see cref="RunFactKind.Started"/>.</summary>
    public int Gpus { get; init; }

    /// <summary>
    /// The leases held from now on, for <see cref="RunFactKind.Started"/>. They are not stored with the fact: the
    /// flavor's ledger has them.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<Lease>? Leases { get; init; }

    /// <summary>The seed of the lottery that drew it, in hexadecimal.</summary>
    public string? Seed { get; init; }

    /// <summary>The run that it was cut for.</summary>
    public RunKey? Cause { get; init; }

    /// <summary>GPU-seconds used in this attempt by class, when its leases ended.</summary>
    public ClassSplit GpuSeconds { get; init; }
}

/// <summary>What happened to a run in its flavor.</summary>
public enum RunFactKind
{
    /// <summary>It waits in the queue.</summary>
    Queued,

    /// <summary>It waits with a reservation.</summary>
    Reserved,

    /// <summary>Its leases began.</summary>
    Started,

    /// <summary>Its leases were cut; it waits again.</summary>
    Cut,

    /// <summary>Its leases ended for good.</summary>
    Closed,

    /// <summary>It left the queue without having started.</summary>
    Left,
}
