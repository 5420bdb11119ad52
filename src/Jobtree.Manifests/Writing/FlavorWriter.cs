using Jobtree.Core.Forecasting;
using Jobtree.Core.Json;
using Jobtree.Core.Ledger;
using Jobtree.Core.Scheduling;

namespace Jobtree.Manifests.Writing;

/// <summary>Writes the <c>status</c> of a Flavor.</summary>
internal static class FlavorWriter
{
    public static void Write(IManifestSink sink, FlavorPast past)
    {
        sink.Section("ledger", past, WriteLedger);
        sink.Name("decisions");
        sink.Object(past.Decisions, WriteDecisions);
        sink.Section("forecasts", past, WriteForecasts);
        sink.Section("lateness", past.Lateness, WriteLateness);
        sink.Objects("durations", past.Durations, WriteDurations);
        sink.Objects("statements", past.Statements, WriteDurations);
    }

    private static void WriteLedger(IManifestSink sink, FlavorPast past)
    {
        sink.Field("at", past.At > DateTimeOffset.UnixEpoch ? past.At : null);
        sink.Field("sequence", past.Sequence);
        sink.Field("head", past.Head == HashChain.Root ? null : HashChain.ToHex(past.Head));
        sink.Field("nextLease", past.NextLease);
    }

    private static void WriteDecisions(IManifestSink sink, DecisionCounts decisions)
    {
        sink.Field("bound", decisions.Bound);
        sink.Field("reserved", decisions.Reserved);
        sink.Field("waiting", decisions.Waiting);
        sink.Field("ended", decisions.Ended);
        sink.Field("reclaimed", decisions.Reclaimed);
    }

    private static void WriteForecasts(IManifestSink sink, FlavorPast past)
    {
        sink.Field("started", past.ForecastsStarted);
        sink.Field("held", past.ForecastsHeld);
        sink.Field("margin", past.ForecastMargin);
        WriteNumbers(sink, "ratios", past.ForecastRatios);
        sink.Objects("classes", past.ForecastClasses, WriteClass);
    }

    private static void WriteClass(IManifestSink sink, ForecastClassSnapshot one)
    {
        sink.Field("class", one.Class);
        sink.Field("margin", one.Margin);
        WriteNumbers(sink, "ratios", one.Ratios);
    }

    private static void WriteLateness(IManifestSink sink, LatenessCounts lateness)
    {
        sink.Field("sumSeconds", lateness.SumSeconds);
        sink.Name("counts");
        sink.StartList();
        foreach (var count in lateness.Counts)
            sink.Number(count);
        sink.EndList();
    }

    private static void WriteDurations(IManifestSink sink, DurationsSnapshot owner)
    {
        sink.Field("owner", owner.Owner.Length == 0 ? null : owner.Owner);
        sink.Field("width", owner.Width);
        sink.Texts("values", [.. owner.Durations.Select(Duration.Format)]);
    }

    private static void WriteNumbers(IManifestSink sink, string name, IReadOnlyList<double> numbers)
    {
        if (numbers.Count == 0)
            return;
        sink.Name(name);
        sink.StartList();
        foreach (var number in numbers)
            sink.Number(number);
        sink.EndList();
    }
}
