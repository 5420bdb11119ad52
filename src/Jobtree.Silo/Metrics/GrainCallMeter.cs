using System.Collections.Concurrent;
using Jobtree.Telemetry;
using Orleans.Runtime;

namespace Jobtree.Silo.Metrics;

/// <summary>
/// Measures every call to a grain of this silo, except Orleans' own system targets and waits for streams. Adds no
/// allocation of its own to a call that completes synchronously, and one to others.
/// </summary>
internal sealed class GrainCallMeter(FleetMetrics metrics, TimeProvider time) : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<GrainType, string> names = new();

    public Task Invoke(IIncomingGrainCallContext context)
    {
        // Orleans' own meter counts system targets. The reader of a stream asks for its next element and waits until
        // there is one, which says nothing about the grain.
        if (context.TargetId.IsSystemTarget()
            || context.Request.GetInterfaceType() == typeof(IAsyncEnumerableGrainExtension))
            return context.Invoke();
        var began = time.GetTimestamp();
        var call = context.Invoke();
        if (!call.IsCompletedSuccessfully)
            return Finish(call, context, began);
        Answered(context, "ok", began);
        return call;
    }

    private async Task Finish(Task call, IIncomingGrainCallContext context, long began)
    {
        try
        {
            // It touches nothing of the grain, so it need not be scheduled as a turn of it.
            await call.ConfigureAwait(false);
            Answered(context, "ok", began);
        }
        catch (Exception failure)
        {
            Answered(context, FailureWord.Of(failure), began);
            throw;
        }
    }

    private void Answered(IIncomingGrainCallContext context, string outcome, long began) =>
        metrics.Called(Name(context.TargetId.Type), context.MethodName, outcome, time.GetElapsedTime(began));

    private string Name(GrainType type) => names.GetOrAdd(type, static type => type.ToString() ?? "");
}
