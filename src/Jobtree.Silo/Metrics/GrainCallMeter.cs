using System.Collections.Concurrent;
using Jobtree.Telemetry;
using Orleans.Runtime;

namespace Jobtree.Silo.Metrics;

/// <summary>
/// Times every call that a grain of this silo answers, Orleans' own system targets aside. Adds no allocation to a call
/// that completes at once, and one to others.
/// </summary>
internal sealed class GrainCallMeter(FleetMetrics metrics, TimeProvider time) : IIncomingGrainCallFilter
{
    private readonly Histogram calls = metrics.Registry.Histogram(Catalogue.GrainCallDuration);
    private readonly ConcurrentDictionary<(GrainType Grain, string Method), GrainMethodSeries> methods = new();

    public Task Invoke(IIncomingGrainCallContext context)
    {
        // Orleans' own targets are counted by its meter.
        if (context.TargetId.IsSystemTarget())
            return context.Invoke();
        var series = SeriesOf(context);
        var began = time.GetTimestamp();
        var call = context.Invoke();
        if (!call.IsCompletedSuccessfully)
            return Finish(call, series, began);
        series.Ok.Observe(time.GetElapsedTime(began));
        return call;
    }

    private async Task Finish(Task call, GrainMethodSeries series, long began)
    {
        try
        {
            await call;
            series.Ok.Observe(time.GetElapsedTime(began));
        }
        catch (Exception failure)
        {
            var unavailable = failure is IOException or TimeoutException or SiloUnavailableException
                or OperationCanceledException;
            (unavailable ? series.Unavailable : series.Error).Observe(time.GetElapsedTime(began));
            throw;
        }
    }

    private GrainMethodSeries SeriesOf(IIncomingGrainCallContext context)
    {
        var key = (context.TargetId.Type, context.MethodName);
        return methods.TryGetValue(key, out var found) ? found : methods.GetOrAdd(
            key, static (key, calls) => new GrainMethodSeries(calls, Name(key.Grain), key.Method), calls);
    }

    private static string Name(GrainType type) => type.ToString() ?? "";
}
