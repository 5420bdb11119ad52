using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Actors.Runs;

/// <summary>A record of a run's journal: exactly one of its parts is there.</summary>
public sealed record RunEvent
{
    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The run was submitted, or submitted anew after its end.</summary>
    public Submission? Submitted { get; init; }

    /// <summary>Its flavor told it something.</summary>
    public RunFact? Fact { get; init; }

    /// <summary>Its workload's end was reported, or it was cancelled.</summary>
    public RunEnd? Ended { get; init; }

    /// <summary>Its flavor refused its submission, for this reason.</summary>
    public string? Refused { get; init; }

    /// <summary>Its funding terms changed.</summary>
    public RunFunding? Refunded { get; init; }
}

/// <summary>The end of a run.</summary>
/// <param name="Reason">Why its leases ended, or would have.</param>
/// <param name="Message">What to show for it.</param>
/// <param name="Operation">The command that ended it.</param>
/// <param name="GpuSeconds">GPU-seconds of its last attempt, by class.</param>
/// <param name="Sequence">The number of its flavor's ledger entry; 0: the flavor did not know it.</param>
public sealed record RunEnd(
    LeaseEndReason Reason, string? Message, string Operation, ClassSplit GpuSeconds, long Sequence);

/// <summary>A run to submit.</summary>
/// <param name="Spec">What it asks for.</param>
/// <param name="Owner">Its owner, given or derived.</param>
/// <param name="Labels">Its labels, if any.</param>
/// <param name="Operation">The command's id.</param>
/// <param name="TraceParent">The W3C trace context of the command, if it had one.</param>
/// <param name="Again">Whether a run that has ended is to run again, as a new attempt.</param>
public sealed record Submission(RunSpec Spec, string Owner, IReadOnlyDictionary<string, string>? Labels,
    string Operation, string? TraceParent = null, bool Again = false);

/// <summary>How a workload ended.</summary>
/// <param name="Succeeded">Whether it ended well.</param>
/// <param name="Message">What to show for it.</param>
/// <param name="Operation">The command's id.</param>
/// <param name="Attempt">Which start of the run it is about; absent: the only one there was.</param>
public sealed record CompletionReport(bool Succeeded, string? Message, string Operation, int? Attempt = null)
{
    private const int MessageLengthMax = 1024;

    /// <summary>The end of an attempt as its executor saw it; the same end makes the same report.</summary>
    /// <param name="run">The run.</param>
    /// <param name="attempt">Which start of the run.</param>
    /// <param name="succeeded">Whether it ended well.</param>
    /// <param name="message">What the workload said of it.</param>
    public static CompletionReport OfExit(RunKey run, int attempt, bool succeeded, string? message)
    {
        // Whatever a workload wrote ends in listings and files: one line, nothing that steers a terminal.
        var line = message is null ? null : new string(
            [.. message.Take(MessageLengthMax).Select(character => char.IsControl(character) ? ' ' : character)]);
        return new CompletionReport(succeeded, line, $"exit/{run}/{attempt}", attempt);
    }
}
