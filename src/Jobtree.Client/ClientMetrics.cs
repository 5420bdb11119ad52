using System.Diagnostics.Metrics;

namespace Jobtree.Client;

/// <summary>
/// The client's own series, on the meter <see cref="MeterName"/>. To collect them, listen to it as to any .NET meter.
/// </summary>
internal sealed class ClientMetrics(IMeterFactory meters)
{
    public const string MeterName = "Jobtree.Client";

    private readonly Histogram<double> duration = meters.Create(MeterName)
        .CreateHistogram<double>("jobtree.client.duration", "s",
            "From the call to its answer, repetitions included, by operation and outcome.");

    private readonly Counter<long> repeats = meters.Create(MeterName)
        .CreateCounter<long>("jobtree.client.repeats", "{repeat}",
            "Commands and questions sent again because their outcome was unknown, by operation.");

    public void Answered(string operation, string outcome, TimeSpan took) =>
        duration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("operation", operation),
            new KeyValuePair<string, object?>("outcome", outcome));

    public void Repeated(string operation) => repeats.Add(1, new KeyValuePair<string, object?>("operation", operation));
}
