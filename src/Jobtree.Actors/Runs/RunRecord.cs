using Jobtree.Core.Manifests;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Runs;

/// <summary>A run as its own actor knows it. Immutable: a change makes the next version.</summary>
public sealed record RunRecord
{
    /// <summary>The run.</summary>
    public required RunKey Key { get; init; }

    /// <summary>How many records of its journal made it: a later one is newer.</summary>
    public long Version { get; init; }

    /// <summary>What it asks for.</summary>
    public required RunSpec Spec { get; init; }

    /// <summary>What it was submitted with, when its terms have changed since; absent: <see cref="Spec"/>.</summary>
    public RunSpec? SubmittedSpec { get; init; }

    /// <summary>Its owner.</summary>
    public required string Owner { get; init; }

    /// <summary>Its labels, if any.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>The id of the command that submitted it.</summary>
    public required string SubmitOperation { get; init; }

    /// <summary>The id of the command that ended it, if one did.</summary>
    public string? EndOperation { get; init; }

    /// <summary>The trace context of its submission.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Where it is.</summary>
    public RunPhase Phase { get; init; }

    /// <summary>Whether its flavor has decided about it since it was submitted.</summary>
    public bool IsDecided { get; init; }

    /// <summary>One CamelCase word on how it came to its phase.</summary>
    public string Reason { get; init; } = "Submitted";

    /// <summary>A sentence about it, or none.</summary>
    public string? Message { get; init; }

    /// <summary>When its submission was taken in.</summary>
    public required DateTimeOffset SubmittedAt { get; init; }

    /// <summary>When its phase last changed.</summary>
    public DateTimeOffset PhaseSince { get; init; }

    /// <summary>When its present or last leases began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>How many times it has been started.</summary>
    public int Attempt { get; init; }

    /// <summary>GPUs it holds.</summary>
    public int Gpus { get; init; }

    /// <summary>GPU-seconds of the attempts that are over, by class.</summary>
    public ClassSplit GpuSeconds { get; init; }

    /// <summary>The last fact of its flavor that it has seen.</summary>
    public long LastFact { get; init; }

    /// <summary>The last fact seen of each flavor that the run was of before, if it was of another.</summary>
    public IReadOnlyDictionary<string, long>? LastFactElsewhere { get; init; }

    /// <summary>Whether it has ended.</summary>
    public bool IsOver => Phase is RunPhase.Completed or RunPhase.Failed;

    /// <summary>Its manifest, without what only its flavor knows.</summary>
    public RunManifest ToManifest() => RunStatusView.Of(this, null);

    /// <summary>What it asks its flavor for.</summary>
    public Demand ToDemand() => Demand.Of(Key, Owner, Spec, SubmittedAt, Attempt);
}
