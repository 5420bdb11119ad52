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
