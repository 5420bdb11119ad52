using System.Diagnostics.Metrics;
using Jobtree.Actors.Operations;
using Jobtree.Core.Model;
using Jobtree.Telemetry;

namespace Jobtree.Api.Observing;

/// <summary>
/// The envelopes in a bounded number of rows. The first envelopes have a row each; the others share the last row,
/// <c>other</c>, which has their sum. An envelope keeps its row while it exists, so a counter decreases only when an
/// envelope is deleted.
/// </summary>
/// <param name="rowsMax">The maximum number of rows.</param>
internal sealed class EnvelopeRows(int rowsMax = EnvelopeRows.RowsMaxDefault)
{
    /// <summary>With five classes per row this gives 2,000 series.</summary>
    public const int RowsMaxDefault = 400;

    private readonly HashSet<EnvelopeKey> own = [];
    private readonly HashSet<EnvelopeKey> shared = [];

    /// <summary>The rows for these envelopes, which must be all existing ones.</summary>
    public IReadOnlyList<EnvelopeRow> Of(IReadOnlyList<EnvelopeUsage> envelopes)
    {
        var existing = envelopes.Select(usage => usage.Envelope).ToHashSet();
        own.IntersectWith(existing);
        shared.IntersectWith(existing);
        List<EnvelopeRow> rows = [];
        var other = EnvelopeRow.Other;
        foreach (var usage in envelopes)
        {
            if (HasOwn(usage.Envelope))
                rows.Add(EnvelopeRow.Of(usage));
            else
                other = other.Plus(usage);
        }

        return shared.Count == 0 ? rows : [.. rows, other];
    }

    private bool HasOwn(EnvelopeKey envelope)
    {
        if (own.Contains(envelope))
            return true;
        if (shared.Contains(envelope))
            return false;
        return own.Count < rowsMax - 1 ? own.Add(envelope) : !shared.Add(envelope);
    }
}

/// <summary>The labels and values of one envelope, or of all envelopes without their own row.</summary>
internal sealed record EnvelopeRow(
    string Owner, EnvelopeKey Envelope, string Flavor, ClassSplit Gpus, int SpareGpus, ClassSplit GpuHours)
{
    private const string OtherName = "other";

    public static EnvelopeRow Other { get; } =
        new(OtherName, new EnvelopeKey(OtherName, OtherName), OtherName, default, 0, default);

    public static EnvelopeRow Of(EnvelopeUsage usage) =>
        new(usage.Owner, usage.Envelope, usage.Flavor, usage.Gpus, usage.SpareGpus, usage.GpuHours);

    public EnvelopeRow Plus(EnvelopeUsage usage) => this with
    {
        Gpus = Sum(Gpus, usage.Gpus),
        SpareGpus = SpareGpus + usage.SpareGpus,
        GpuHours = Sum(GpuHours, usage.GpuHours),
    };

    public Measurement<double> Measure(MetricDefinition series, double value, string fundingClass) =>
        series.Measure(value, Owner, Envelope.Budget, Envelope.Envelope, Flavor, fundingClass);

    private static ClassSplit Sum(ClassSplit left, ClassSplit right) => new(
        left.Owned + right.Owned, left.Shared + right.Shared,
        left.Borrowed + right.Borrowed, left.Unfunded + right.Unfunded);
}
