using System.Text.Json;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Manifests;

namespace Jobtree.Actors.Runs;

/// <summary>A run as its own actor knows it. Immutable: a change makes the next version.</summary>
/// <remarks>There are as many of them as runs: instants are kept as ticks of UTC, and what few runs have stands
/// apart.</remarks>
public sealed record RunRecord : IRestingState
{
    private readonly RunRarities? rarities;
    private readonly UsedGpus? used;
    private readonly long submittedAt;
    private readonly long phaseSince;
    // 0: not yet; that instant is the first of year 1.
    private readonly long startedAt;
    private readonly long finishedAt;

    /// <summary>The run.</summary>
    public required RunKey Key { get; init; }

    /// <summary>How many records of its journal made it: a later one is newer.</summary>
    public long Version { get; init; }

    /// <summary>What it asks for.</summary>
    public required RunSpec Spec { get; init; }

    /// <summary>What it was submitted with, when its terms have changed since; absent: <see cref="Spec"/>.</summary>
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

    /// <summary>The id of the command that ended it, if one did.</summary>
    public string? EndOperation { get; init; }

    /// <summary>The trace context of its submission.</summary>
    public string? TraceParent
    {
        get => rarities?.TraceParent;
        init => rarities = value is null && rarities is null ? null
            : (rarities ?? RunRarities.None) with { TraceParent = value };
    }

    /// <summary>Where it is.</summary>
    public RunPhase Phase { get; init; }

    /// <summary>Whether its flavor has decided about it since it was submitted.</summary>
    public bool IsDecided { get; init; }

    /// <summary>One CamelCase word on how it came to its phase.</summary>
    public string Reason { get; init; } = "Submitted";

    /// <summary>A sentence about it, or none.</summary>
    public string? Message { get; init; }

    /// <summary>When its submission was taken in.</summary>
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

    /// <summary>When its present or last leases began.</summary>
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

    /// <summary>How many times it has been started.</summary>
    public int Attempt { get; init; }

    /// <summary>GPUs it holds.</summary>
    public int Gpus { get; init; }

    /// <summary>GPU-seconds of the attempts that are over, by class.</summary>
    public ClassSplit GpuSeconds
    {
        get => used?.GpuSeconds ?? default;
        init => used = value == default ? null : new UsedGpus(value);
    }

    /// <summary>The last fact of its flavor that it has seen.</summary>
    public long LastFact { get; init; }

    /// <summary>The last fact seen of each flavor that the run was of before, if it was of another.</summary>
    public IReadOnlyDictionary<string, long>? LastFactElsewhere
    {
        get => rarities?.LastFactElsewhere;
        init => rarities = value is null && rarities is null ? null
            : (rarities ?? RunRarities.None) with { LastFactElsewhere = value };
    }

    /// <summary>
    /// Whether its last submission was refused and left nothing to run. Repeated, it may be taken.
    /// </summary>
    public bool IsRefused { get; init; }

    /// <summary>
    /// The commands that took effect on its earlier submissions, oldest first; as many as can be kept. Absent: it was
    /// submitted once.
    /// </summary>
    public IReadOnlyList<EarlierOperation>? EarlierOperations
    {
        get => rarities?.EarlierOperations;
        init => rarities = value is null && rarities is null ? null
            : (rarities ?? RunRarities.None) with { EarlierOperations = value };
    }

    /// <summary>Whether it was refused and never anything else: to whoever asks, it is not there.</summary>
    public bool IsHidden => IsRefused && EarlierOperations is null;

    /// <summary>How its submission came out, as the answer to it says.</summary>
    internal string SubmissionOutcome => Phase switch
    {
        RunPhase.Running or RunPhase.Completed => "bound",
        RunPhase.Reserved => "reserved",
        RunPhase.Failed when StartedAt is not null => "bound",
        _ => "waiting",
    };

    /// <summary>Whether it has ended.</summary>
    public bool IsOver => Phase is RunPhase.Completed or RunPhase.Failed;

    /// <summary>Its manifest, without what only its flavor knows.</summary>
    public RunManifest ToManifest() => RunStatusView.Of(this, null);

    ReadOnlyMemory<byte> IRestingState.ToSnapshot() => ToSnapshot();

    /// <summary>Its bytes in snapshots.</summary>
    internal byte[] ToSnapshot() => JsonSerializer.SerializeToUtf8Bytes(this, RunJson.Default.RunRecord);

    /// <summary>What it asks its flavor for.</summary>
    public Demand ToDemand() => Demand.Of(Key, Owner, Spec, SubmittedAt, Attempt);
}

/// <summary>What few runs have: kept apart, so that the others need no room for it.</summary>
/// <param name="SubmittedSpec">See <see cref="RunRecord.SubmittedSpec"/>.</param>
/// <param name="Labels">See <see cref="RunRecord.Labels"/>.</param>
/// <param name="TraceParent">See <see cref="RunRecord.TraceParent"/>.</param>
/// <param name="LastFactElsewhere">See <see cref="RunRecord.LastFactElsewhere"/>.</param>
/// <param name="EarlierOperations">See <see cref="RunRecord.EarlierOperations"/>.</param>
internal sealed record RunRarities(
    RunSpec? SubmittedSpec, IReadOnlyDictionary<string, string>? Labels, string? TraceParent,
    IReadOnlyDictionary<string, long>? LastFactElsewhere, IReadOnlyList<EarlierOperation>? EarlierOperations)
{
    public static RunRarities None { get; } = new(null, null, null, null, null);
}

/// <summary>What the attempts of a run used that are over; a run in its first has none.</summary>
/// <param name="GpuSeconds">GPU-seconds by class.</param>
internal sealed record UsedGpus(ClassSplit GpuSeconds);

/// <summary>A command that took effect on an earlier submission of a run, so that a late repeat takes none.</summary>
/// <param name="Id">The command's id.</param>
/// <param name="Did">What it did: how the submission came out, or how it ended the run.</param>
public sealed record EarlierOperation(string Id, string Did)
{
    private const int CountMax = 32;

    /// <summary>What is remembered when a run is submitted again: the last commands, those of its last submission among
    /// them.</summary>
    /// <param name="last">The run before that.</param>
    public static IReadOnlyList<EarlierOperation>? After(RunRecord last)
    {
        // A submission that was refused took no effect: repeated, it may be taken.
        if (last.IsRefused)
            return last.EarlierOperations;
        List<EarlierOperation> operations = [.. last.EarlierOperations ?? []];
        operations.Add(new EarlierOperation(last.SubmitOperation, last.SubmissionOutcome));
        // Journals of older versions carry the end of a submission on to the next.
        if (last.EndOperation is { Length: > 0 } end && operations.TrueForAll(known => known.Id != end))
            operations.Add(new EarlierOperation(end, last.Reason));
        return [.. operations.TakeLast(CountMax)];
    }
}
