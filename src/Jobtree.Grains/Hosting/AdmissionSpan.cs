using System.Diagnostics;
using Jobtree.Actors.Operations;
using Jobtree.Core.Scheduling;
using Jobtree.Telemetry;

namespace Jobtree.Grains.Hosting;

/// <summary>The attributes of the span of one admission.</summary>
internal static class AdmissionSpan
{
    /// <summary>Adds the attributes, which need the answer.</summary>
    /// <param name="span">The span.</param>
    /// <param name="demand">What was asked for.</param>
    /// <param name="flavor">The flavor that decided.</param>
    /// <param name="answer">The decision.</param>
    public static void Describe(Activity span, Demand demand, string flavor, Result<RunFact> answer)
    {
        span.SetTag(Spans.JobId, demand.Run.ToString());
        // The target is the node of the first lease, and the flavor until there is one.
        var lease = answer.Succeeded(out var fact, out var problem) && fact.Leases is [var first, ..] ? first : null;
        span.SetTag(Spans.TargetId, lease?.Slots is [var slots, ..] ? slots.Node : flavor);
        span.SetTag(Spans.Priority, lease is null ? "none" : lease.Payer is null ? "unfundable" : "fundable");
        if (problem is not null)
            span.SetStatus(ActivityStatusCode.Error, problem.Code.ToString());
    }
}
