using System.Text.Json.Serialization;
using Jobtree.Core.Forecasting;
using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>The state and forecast of a flavor.</summary>
public sealed record FlavorView
{
    /// <summary>The flavor.</summary>
    public required string Flavor { get; init; }

    /// <summary>The number of nodes in each state; every state is present.</summary>
    public required IReadOnlyDictionary<NodeState, int> Nodes { get; init; }

    /// <summary>All GPUs.</summary>
    public required int Gpus { get; init; }

    /// <summary>GPUs available to new work.</summary>
    public required int Free { get; init; }

    /// <summary>GPUs under an open lease.</summary>
    public required int Used { get; init; }

    /// <summary>GPUs on cordoned and draining nodes without a lease.</summary>
    public required int Cordoned { get; init; }

    /// <summary>GPUs on fenced nodes.</summary>
    public required int Fenced { get; init; }

    /// <summary>GPUs in use by class.</summary>
    public required ClassSplit ByClass { get; init; }

    /// <summary>
    /// Since when its nodes are cordoned because the store lost entries of its ledger, and what those started may still
    /// run; absent: they are not.
    /// </summary>
    public DateTimeOffset? NodesDoubtedSince { get; init; }

    /// <summary>GPUs under an open spare lease.</summary>
    public required int Spares { get; init; }

    /// <summary>1 - largest free block in one domain / free; 0 when nothing is free.</summary>
    public required double Fragmentation { get; init; }

    /// <summary>
    /// Stranded GPUs by width of group (2, 4 and 8): free, but scattered so that no group of that width that keeps to
    /// one node can use them. Absent if not counted.
    /// </summary>
    public IReadOnlyDictionary<int, int>? Stranded { get; init; }

    /// <summary>Waiting runs that hold no reservation.</summary>
    public required int Waiting { get; init; }

    /// <summary>Pending reservations.</summary>
    public required int Reserved { get; init; }

    /// <summary>Runs that hold leases; absent if not counted.</summary>
    public int? Running { get; init; }

    /// <summary>GPUs requested by waiting and reserved runs.</summary>
    public required int DemandGpus { get; init; }

    /// <summary>
    /// Forecast time until everything has started that waits now and that the fleet as it is could hold.
    /// </summary>
    public required TimeSpan Backlog { get; init; }

    /// <summary>
    /// Waiting runs that the fleet as it is could never hold; they count in no backlog. Absent if there are none.
    /// </summary>
    public int? NeverFitting { get; init; }

    /// <summary>The GPUs that those ask for, with spares.</summary>
    public long? NeverFittingGpus { get; init; }

    /// <summary>
    /// How often promised starts moved later since the ledger began, by cause; every cause is present. Absent if not
    /// counted.
    /// </summary>
    public IReadOnlyDictionary<MoveCause, long>? PromiseMoves { get; init; }

    /// <summary>When a run of one GPU with no funding would start.</summary>
    public required RunEta NextGpu { get; init; }

    /// <summary>Decisions since the ledger began, by outcome: bound, reserved, waiting, ended, reclaimed.</summary>
    public required IReadOnlyDictionary<string, long> Decisions { get; init; }

    /// <summary>
    /// What was done to running runs since the ledger began: grown, shrunk, swapped, yielded (of shrunk, those for
    /// another run), sparesDropped, drawn (by a lottery). Absent if not counted.
    /// </summary>
    public IReadOnlyDictionary<string, long>? Actions { get; init; }

    /// <summary>GPUs of running elastic runs, which may change their width; absent if not counted.</summary>
    public int? ElasticGpus { get; init; }

    /// <summary>Nodes that were to be empty by now, and are not; absent if not counted.</summary>
    public int? OverdueNodes { get; init; }

    /// <summary>How late waiting runs started, since the ledger began; absent if not counted.</summary>
    public LatenessCounts? StartLateness { get; init; }

    /// <summary>
    /// How long the query to the flavor took, including the forecast; absent if not timed. The caller measures it; it
    /// is not serialized.
    /// </summary>
    [JsonIgnore]
    public TimeSpan? Took { get; init; }

    /// <summary>
    /// Runs and envelopes that do not take their facts, such as one whose journal cannot be read. They are set aside
    /// and retried from time to time, while the others get theirs. Absent if there are none.
    /// </summary>
    public IReadOnlyList<string>? SetAside { get; init; }

    /// <summary>
    /// The age of the oldest fact for a run or envelope that the flavor has recorded and not yet delivered, without
    /// those of <see cref="SetAside"/>; zero if there is none, absent if not measured.
    /// </summary>
    public TimeSpan? OutboxLag { get; init; }

    /// <summary>The number of records in the ledger.</summary>
    public required long LedgerSequence { get; init; }

    /// <summary>The hash of the last record, in hexadecimal.</summary>
    public required string LedgerHead { get; init; }
}
