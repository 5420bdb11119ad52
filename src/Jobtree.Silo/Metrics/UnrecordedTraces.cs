using System.Diagnostics;

namespace Jobtree.Silo.Metrics;

/// <summary>
/// Carries the trace of calls between grains that is not recorded. Orleans hands a trace on only with a span of its
/// own, and the exporter makes none under a parent that is not recorded. Without this, a span with a rule of its own
/// would begin a trace that nothing else belongs to.
/// </summary>
internal sealed class UnrecordedTraces : IDisposable
{
    private readonly ActivityListener listener;

    /// <param name="source">The source of the spans of calls.</param>
    public UnrecordedTraces(string source)
    {
        listener = new ActivityListener
        {
            ShouldListenTo = candidate => candidate.Name == source,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.PropagationData,
        };
        ActivitySource.AddActivityListener(listener);
    }

    public void Dispose() => listener.Dispose();
}
