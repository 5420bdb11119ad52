using Jobtree.Actors.Runs.Following;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Manifests;

namespace Jobtree.Actors.Runs;

/// <summary>A record of a run's journal: exactly one of its parts is set.</summary>
public sealed record RunEvent
{
    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The run was submitted, or submitted anew after its end.</summary>
    public Submission? Submitted { get; init; }

    /// <summary>The run's flavor delivered a fact.</summary>
    public RunFact? Fact { get; init; }

    /// <summary>The end of the run's workload was reported, or the run was cancelled.</summary>
    public RunEnd? Ended { get; init; }

    /// <summary>The flavor refused the submission, for this reason.</summary>
    public string? Refused { get; init; }

    /// <summary>The run's funding terms changed.</summary>
    public RunFunding? Refunded { get; init; }

    /// <summary>
    /// Whether the fact or the end was the flavor's answer, and earlier facts may be under way, such as a cut.
    /// </summary>
    public bool MissesFacts { get; init; }

    /// <summary>The run's desired width changed.</summary>
    public DesiredWidth? Resized { get; init; }

    /// <summary>What keeps the run back has changed.</summary>
    public WaitingStep? Waiting { get; init; }
}

/// <summary>A step of a run that follows others or is held: exactly one of its parts is set.</summary>
public sealed record WaitingStep
{
    /// <summary>What the run found when it looked at its upstream runs.</summary>
    public UpstreamStep? Upstreams { get; init; }

    /// <summary>Somebody holds the run back.</summary>
    public RunHold? Held { get; init; }

    /// <summary>Somebody lets a held run go on.</summary>
    public HoldRelease? Released { get; init; }

    /// <summary>The run failed without its flavor: what it follows can never complete in time.</summary>
    public UpstreamEnd? Abandoned { get; init; }
}

/// <summary>Another desired width for an elastic run.</summary>
/// <param name="Gpus">The width; null: the greatest that it accepts.</param>
/// <param name="Operation">The command that asked for it.</param>
/// <param name="IsSubmitted">Whether a manifest asked for it, which then stands for the submitted one.</param>
public sealed record DesiredWidth(int? Gpus, string Operation, bool IsSubmitted = false);

/// <summary>The end of a run.</summary>
/// <param name="Reason">Why the leases ended, or would have ended.</param>
/// <param name="Message">The message to show.</param>
/// <param name="Operation">The command that ended it.</param>
/// <param name="GpuSeconds">GPU-seconds of the last attempt, by class.</param>
/// <param name="Sequence">The number of the flavor's ledger entry; 0 if the flavor did not know the run.</param>
/// <param name="Attempt">The last attempt as the flavor counts it; 0 if that is not known. The run may not have heard
/// of it: its start was under way.</param>
public sealed record RunEnd(LeaseEndReason Reason, string? Message, string Operation, ClassSplit GpuSeconds,
    long Sequence, int Attempt = 0);

/// <summary>A run to submit.</summary>
/// <param name="Spec">The run's spec.</param>
/// <param name="Owner">The run's owner, given or derived.</param>
/// <param name="Labels">The run's labels, if any.</param>
/// <param name="Operation">The command's id.</param>
/// <param name="TraceParent">The command's W3C trace context, if any.</param>
/// <param name="Again">Whether a run that has ended runs again, as a new attempt.</param>
/// <param name="By">Who submitted it; absent if nobody said so.</param>
public sealed record Submission(RunSpec Spec, string Owner, IReadOnlyDictionary<string, string>? Labels,
    string Operation, string? TraceParent = null, bool Again = false, string? By = null);

/// <summary>How a workload ended.</summary>
/// <param name="Succeeded">Whether the workload succeeded.</param>
/// <param name="Message">The message to show.</param>
/// <param name="Operation">The command's id.</param>
/// <param name="Attempt">The attempt that the report is about; absent if there was only one.</param>
/// <param name="By">Who reports it; absent for the executor.</param>
public sealed record CompletionReport(
    bool Succeeded, string? Message, string Operation, int? Attempt = null, string? By = null)
{
    /// <summary>The end of an attempt as its executor saw it. The same end gives the same report.</summary>
    /// <param name="run">The run.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="succeeded">Whether the workload succeeded.</param>
    /// <param name="message">The workload's message.</param>
    public static CompletionReport OfExit(RunKey run, int attempt, bool succeeded, string? message) =>
        new(succeeded, message is null ? null : OneLine.Of(message), $"exit/{run}/{attempt}", attempt);
}
