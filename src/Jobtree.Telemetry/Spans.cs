using System.Diagnostics;

namespace Jobtree.Telemetry;

/// <summary>
/// The single definition of every span that Jobtree makes, and the source that makes them. Spans of ASP.NET Core and
/// Orleans connect them. While nobody listens to the source, it creates no objects.
/// </summary>
public static class Spans
{
    /// <summary>The name of the source, for <c>AddSource</c> of a program that exports traces itself.</summary>
    public const string SourceName = "Jobtree";

    /// <summary>The attribute with the run, as <c>namespace/name</c>.</summary>
    public const string JobId = "job_id";

    /// <summary>The attribute with what the work is done on: a node, a flavor, a run or a budget.</summary>
    public const string TargetId = "target_id";

    /// <summary>The attribute with the funding of an admitted run: fundable, unfundable, or none before it starts.
    /// </summary>
    public const string Priority = "priority";

    /// <summary>The attribute with the kind of state that a record changes.</summary>
    public const string StateType = "state_type";

    /// <summary>The attribute with what a record does to the state.</summary>
    public const string Operation = "operation";

    /// <summary>The attribute with the number of an attempt of a run, from 1.</summary>
    public const string Attempt = "attempt";

    /// <summary>One admission, from the question to the flavor until the decision is durable.</summary>
    public static SpanDefinition ScheduleJob { get; } = new("schedule_job",
        "One admission: from the question to the flavor until its decision is durable.", JobId, TargetId, Priority);

    /// <summary>One recorded change of state.</summary>
    public static SpanDefinition StateUpdate { get; } = new("state_update",
        "One change of state: an entry of a flavor's ledger, or a record of a run until it is durable.",
        TargetId, StateType, Operation);

    /// <summary>The start of a workload by the executor of this host.</summary>
    public static SpanDefinition LaunchJob { get; } = new("launch_job",
        "The handover of one attempt to this host's executor, which the workload continues.",
        JobId, TargetId, Attempt);

    /// <summary>One command of the command line.</summary>
    public static SpanDefinition Command { get; } = new("kubectl-runs",
        "One command of the command line; its name follows, such as kubectl-runs submit.", Operation);

    /// <summary>One call of the client library.</summary>
    public static SpanDefinition ClientCall { get; } = new("jobtree.client",
        "One call of the client library with all its retries; its name follows, such as jobtree.client apply.",
        Operation);

    /// <summary>Every kind of span, for the documentation.</summary>
    public static IReadOnlyList<SpanDefinition> All { get; } =
        [ScheduleJob, StateUpdate, LaunchJob, Command, ClientCall];

    /// <summary>The source of the spans.</summary>
    public static ActivitySource Source { get; } = new(SourceName);

    /// <summary>Begins a span if someone listens and wants it.</summary>
    /// <param name="span">The kind of span.</param>
    /// <returns>The span, to be disposed of at its end; null: nobody wants it.</returns>
    public static Activity? Begin(SpanDefinition span) =>
        Source.HasListeners() ? Source.StartActivity(span.Name) : null;
}
