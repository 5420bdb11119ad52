using Jobtree.Telemetry;

namespace Jobtree.Tracing;

/// <summary>Which spans are recorded.</summary>
public sealed record Sampling
{
    /// <summary>
    /// Another name of the span <c>state_update</c> in rules, because the rules of other systems call it so.
    /// </summary>
    public const string UpdateState = "update_state";

    /// <summary>The share of traces that are recorded, 0 to 1, if the caller does not record the trace.</summary>
    public double Default { get; init; } = 0.1;

    /// <summary>The share of the traces in which a span is recorded, whatever the rest of the trace, by span.</summary>
    public IReadOnlyDictionary<string, double> Rules { get; init; } = new Dictionary<string, double>
    {
        [Spans.ScheduleJob.Name] = 1,
        [Spans.StateUpdate.Name] = 0.5,
    };

    /// <summary>The spans that a rule may name.</summary>
    public static IReadOnlyList<string> Known { get; } = [Spans.ScheduleJob.Name, UpdateState,
        .. Spans.All.Select(span => span.Name).Where(name => name != Spans.ScheduleJob.Name)];

    /// <summary>The name of the span that a rule is for.</summary>
    /// <param name="name">A name of <see cref="Known"/>.</param>
    public static string SpanOf(string name) => name == UpdateState ? Spans.StateUpdate.Name : name;
}
