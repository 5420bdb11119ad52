using System.Text.Json;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs.Following;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Manifests;

namespace Jobtree.Actors.Runs;

/// <summary>A run as its own actor knows it. Immutable: each change makes a new version.</summary>
/// <remarks>There is one for every run, so it is compact: instants are UTC ticks, and rare values are stored
/// apart.</remarks>
public sealed record RunRecord : IRestingState
{
    private readonly RunRarities? rarities;
    private readonly UsedGpus? used;
    private readonly long submittedAt;
    private readonly long phaseSince;
    // 0 means not yet started; as an instant it is the start of year 1.
    private readonly long startedAt;
    private readonly long finishedAt;

    /// <summary>The run.</summary>
    public required RunKey Key { get; init; }

    /// <summary>The number of its journal records; a higher version is newer.</summary>
    public long Version { get; init; }

    /// <summary>The current spec.</summary>
    public required RunSpec Spec { get; init; }

    /// <summary>The spec at submission, if its terms have changed since; absent: <see cref="Spec"/>.</summary>
    public RunSpec? SubmittedSpec
    {
        get => rarities?.SubmittedSpec;
        init => rarities = value is null && rarities is null ? null
            : (rarities ?? RunRarities.None) with { SubmittedSpec = value };
    }

    /// <summary>Its owner.</summary>
    public required string Owner { get; init; }

    /// <summary>Its labels, if any.</summary>
    public IReadOnlyDictionary<string, string>? Labels
    {
        get => rarities?.Labels;
        init => rarities = value is null && rarities is null ? null
            : (rarities ?? RunRarities.None) with { Labels = value };
    }

    /// <summary>The id of the command that submitted it.</summary>
    public required string SubmitOperation { get; init; }

    /// <summary>Who submitted it; absent if nobody said so.</summary>
    public string? SubmittedBy { get; init; }

    /// <summary>The id of the command that ended it, if one did.</summary>
    public string? EndOperation { get; init; }

    /// <summary>The trace context of its submission.</summary>
    public string? TraceParent
    {
        get => rarities?.TraceParent;
        init => rarities = value is null && rarities is null ? null
            : (rarities ?? RunRarities.None) with { TraceParent = value };
    }

    /// <summary>The current phase.</summary>
    public RunPhase Phase { get; init; }

    /// <summary>Whether the flavor has decided on the run since its submission.</summary>
    public bool IsDecided { get; init; }

    /// <summary>One CamelCase word on why it is in its phase.</summary>
    public string Reason { get; init; } = "Submitted";

    /// <summary>A sentence about it; null if none.</summary>
    public string? Message { get; init; }

    /// <summary>When its submission was accepted.</summary>
    public required DateTimeOffset SubmittedAt
    {
        get => new(submittedAt, TimeSpan.Zero);
        init => submittedAt = value.UtcTicks;
    }

    /// <summary>When its phase last changed.</summary>
    public DateTimeOffset PhaseSince
    {
        get => new(phaseSince, TimeSpan.Zero);
        init => phaseSince = value.UtcTicks;
    }

    /// <summary>When its current or last leases began.</summary>
    public DateTimeOffset? StartedAt
    {
        get => startedAt == 0 ? null : new(startedAt, TimeSpan.Zero);
        init => startedAt = value?.UtcTicks ?? 0;
    }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt
    {
        get => finishedAt == 0 ? null : new(finishedAt, TimeSpan.Zero);
        init => finishedAt = value?.UtcTicks ?? 0;
    }

    /// <summary>The number of starts.</summary>
    public int Attempt { get; init; }

    /// <summary>The GPUs it holds.</summary>
    public int Gpus { get; init; }

    /// <summary>GPU-seconds of its ended attempts, by class.</summary>
    public ClassSplit GpuSeconds
    {
        get => used?.GpuSeconds ?? default;
        init => used = value == default ? null : new UsedGpus(value);
    }

    /// <summary>The number of the ledger entry that cut it last; 0: none did since its submission.</summary>
    public long LastCut
    {
        get => rarities?.LastCut ?? 0;
        init => rarities = value == 0 && rarities is null ? null
            : (rarities ?? RunRarities.None) with { LastCut = value };
    }

    /// <summary>
    /// The numbers of the last ledger entries that took GPUs of it while it ran on, oldest first; absent if none did
    /// since its submission.
    /// </summary>
    public IReadOnlyList<long>? Losses
    {
        get => rarities?.Losses;
        init => rarities = value is null && rarities is null ? null
            : (rarities ?? RunRarities.None) with { Losses = value };
    }

    /// <summary>The last fact seen from its flavor.</summary>
    public long LastFact { get; init; }

    /// <summary>The last fact seen from each of the run's previous flavors, if it had others.</summary>
    public IReadOnlyDictionary<string, long>? LastFactElsewhere
    {
        get => rarities?.LastFactElsewhere;
        init => rarities = value is null && rarities is null ? null
            : (rarities ?? RunRarities.None) with { LastFactElsewhere = value };
    }

    /// <summary>
    /// The last fact seen before an answer of the flavor that was ahead of facts under way; absent: none is missing. Of
    /// those, cuts are still taken in when they come: they say what their attempts used.
    /// </summary>
    public long? MissesFactsAfter
    {
        get => rarities?.MissesFactsAfter;
        init => rarities = value is null && rarities is null ? null
            : (rarities ?? RunRarities.None) with { MissesFactsAfter = value };
    }

    /// <summary>What keeps it from asking for admission while it follows runs; absent: nothing does.</summary>
    public FollowGate? Gate
    {
        get => rarities?.Waits?.Gate;
        init => rarities = value is null && rarities?.Waits is null ? rarities : (rarities ?? RunRarities.None) with
        {
            Waits = (rarities?.Waits ?? RunWaits.None) with { Gate = value },
        };
    }

    /// <summary>Who holds it back; absent: nobody does.</summary>
    public RunHold? Hold
    {
        get => rarities?.Waits?.Hold;
        init => rarities = value is null && rarities?.Waits is null ? rarities : (rarities ?? RunRarities.None) with
        {
            Waits = (rarities?.Waits ?? RunWaits.None) with { Hold = value },
        };
    }

    /// <summary>What it kept when it left the queue to be held, if it was admitted before.</summary>
    public RunPlace? Place
    {
        get => rarities?.Waits?.Place;
        init => rarities = value is null && rarities?.Waits is null ? rarities : (rarities ?? RunRarities.None) with
        {
            Waits = (rarities?.Waits ?? RunWaits.None) with { Place = value },
        };
    }

    /// <summary>The id of the last command that held or released this submission, if one did.</summary>
    public string? HoldOperation
    {
        get => rarities?.Waits?.HoldOperation;
        init => rarities = value is null && rarities?.Waits is null ? rarities : (rarities ?? RunRarities.None) with
        {
            Waits = (rarities?.Waits ?? RunWaits.None) with { HoldOperation = value },
        };
    }

    /// <summary>The last holds and releases of this submission, oldest first; absent if there was none.</summary>
    public IReadOnlyList<HoldStep>? Holds
    {
        get => rarities?.Waits?.Holds;
        init => rarities = value is null && rarities?.Waits is null ? rarities : (rarities ?? RunRarities.None) with
        {
            Waits = (rarities?.Waits ?? RunWaits.None) with { Holds = value },
        };
    }

    /// <summary>Whether its last submission was refused and left nothing to run. A repeat may be accepted.</summary>
    public bool IsRefused { get; init; }

    /// <summary>
    /// The commands that took effect on its earlier submissions or changed its width, oldest first, up to a limit.
    /// Absent if there are none.
    /// </summary>
    public IReadOnlyList<EarlierOperation>? EarlierOperations
    {
        get => rarities?.EarlierOperations;
        init => rarities = value is null && rarities is null ? null
            : (rarities ?? RunRarities.None) with { EarlierOperations = value };
    }

    /// <summary>Whether it was refused and never anything else. To callers such a run does not exist.</summary>
    public bool IsHidden => IsRefused && EarlierOperations is null;

    /// <summary>The outcome of its submission, as reported in the answer.</summary>
    internal string SubmissionOutcome => Phase switch
    {
        RunPhase.Running or RunPhase.Completed => "bound",
        RunPhase.Reserved => "reserved",
        RunPhase.Failed when StartedAt is not null => "bound",
        RunPhase.Failed when Spec.Follow is not null && Reason != nameof(LeaseEndReason.Cancelled) => "error",
        _ => "waiting",
    };

    /// <summary>Whether it has ended.</summary>
    public bool IsOver => Phase is RunPhase.Completed or RunPhase.Failed;

    /// <summary>Whether a fact is a cut that the run has not seen, from before the last answer that it has.</summary>
    internal bool IsMissing(RunFact fact) => MissesFactsAfter is { } seen && fact.Kind == RunFactKind.Cut
        && fact.Sequence > seen && fact.Sequence <= LastFact;

    /// <summary>
    /// Whether a step of it was begun and may not be done, such as a question to its flavor. A run that merely waits
    /// for others has no such step.
    /// </summary>
    public bool IsInterrupted => !IsOver && !IsDecided && (Phase != RunPhase.Waiting || Hold is { IsInQueue: true });

    /// <summary>
    /// Whether a command may have set its width without its flavor hearing of that: the silo died in between, say.
    /// </summary>
    public bool MayHaveUntoldWidth =>
        this is { IsDecided: true, IsOver: false, Spec.Malleable: not null, EarlierOperations: not null };

    /// <summary>
    /// Whether its submission was acknowledged before its flavor was asked. The flavor's refusal then delays the run,
    /// and does not fail it.
    /// </summary>
    public bool WasAcknowledged => Spec.Follow is not null || HoldOperation is not null;

    /// <summary>The record of a run that was just submitted and follows others.</summary>
    public RunRecord KeptBack() => WaitingTransitions.Following(this);

    /// <summary>Its manifest, without the parts that only its flavor knows.</summary>
    public RunManifest ToManifest() => RunStatusView.Of(this, null);

    ReadOnlyMemory<byte> IRestingState.ToSnapshot() => ToSnapshot();

    /// <summary>Its bytes for snapshots.</summary>
    internal byte[] ToSnapshot() => JsonSerializer.SerializeToUtf8Bytes(this, RunJson.Default.RunRecord);

    /// <summary>Its demand to the flavor.</summary>
    public Demand ToDemand()
    {
        var demand = Demand.Of(Key, Owner, Spec, SubmittedAt, Attempt);
        return Place is { } place ? demand with { AdmittedAt = place.AdmittedAt, EarlyCuts = place.EarlyCuts } : demand;
    }
}

/// <summary>Values that few runs have, stored apart so that other runs need no memory for them.</summary>
/// <param name="SubmittedSpec">See <see cref="RunRecord.SubmittedSpec"/>.</param>
/// <param name="Labels">See <see cref="RunRecord.Labels"/>.</param>
/// <param name="TraceParent">See <see cref="RunRecord.TraceParent"/>.</param>
/// <param name="LastFactElsewhere">See <see cref="RunRecord.LastFactElsewhere"/>.</param>
/// <param name="EarlierOperations">See <see cref="RunRecord.EarlierOperations"/>.</param>
/// <param name="LastCut">See <see cref="RunRecord.LastCut"/>.</param>
/// <param name="MissesFactsAfter">See <see cref="RunRecord.MissesFactsAfter"/>.</param>
/// <param name="Waits">What keeps it back, or did.</param>
/// <param name="Losses">See <see cref="RunRecord.Losses"/>.</param>
internal sealed record RunRarities(
    RunSpec? SubmittedSpec, IReadOnlyDictionary<string, string>? Labels, string? TraceParent,
    IReadOnlyDictionary<string, long>? LastFactElsewhere, IReadOnlyList<EarlierOperation>? EarlierOperations,
    long LastCut = 0, long? MissesFactsAfter = null, RunWaits? Waits = null, IReadOnlyList<long>? Losses = null)
{
    public static RunRarities None { get; } = new(null, null, null, null, null);
}

/// <summary>What keeps a run back, or did.</summary>
/// <param name="Gate">See <see cref="RunRecord.Gate"/>.</param>
/// <param name="Hold">See <see cref="RunRecord.Hold"/>.</param>
/// <param name="HoldOperation">See <see cref="RunRecord.HoldOperation"/>.</param>
/// <param name="Place">See <see cref="RunRecord.Place"/>.</param>
/// <param name="Holds">See <see cref="RunRecord.Holds"/>.</param>
internal sealed record RunWaits(FollowGate? Gate, RunHold? Hold, string? HoldOperation, RunPlace? Place = null,
    IReadOnlyList<HoldStep>? Holds = null)
{
    public static RunWaits None { get; } = new(null, null, null);
}

/// <summary>The use of a run's ended attempts; a run in its first attempt has none.</summary>
/// <param name="GpuSeconds">GPU-seconds by class.</param>
internal sealed record UsedGpus(ClassSplit GpuSeconds);

/// <summary>A command that took effect on an earlier submission; a late repeat of it has no effect.</summary>
/// <param name="Id">The command's id.</param>
/// <param name="Did">Its effect: how the submission came out, or how it ended the run.</param>
public sealed record EarlierOperation(string Id, string Did)
{
    private const int CountMax = 32;

    /// <summary>The commands to remember when a run is submitted again: the most recent ones, including those of its
    /// last submission.</summary>
    /// <param name="last">The run before the new submission.</param>
    public static IReadOnlyList<EarlierOperation>? After(RunRecord last)
    {
        // A refused submission took no effect, so a repeat may be accepted.
        if (last.IsRefused)
            return last.EarlierOperations;
        List<EarlierOperation> operations = [.. last.EarlierOperations ?? []];
        operations.Add(new EarlierOperation(last.SubmitOperation, last.SubmissionOutcome));
        // Journals of older versions carry the end of one submission over to the next.
        if (last.EndOperation is { Length: > 0 } end && operations.TrueForAll(known => known.Id != end))
            operations.Add(new EarlierOperation(end, last.Reason));
        return [.. operations.TakeLast(CountMax)];
    }

    /// <summary>The commands to remember with one more that took effect.</summary>
    /// <param name="known">Those known.</param>
    /// <param name="id">The command's id.</param>
    /// <param name="did">Its effect.</param>
    public static IReadOnlyList<EarlierOperation> With(
        IReadOnlyList<EarlierOperation>? known, string id, string did) =>
        [.. (known ?? []).Append(new EarlierOperation(id, did)).TakeLast(CountMax)];
}
