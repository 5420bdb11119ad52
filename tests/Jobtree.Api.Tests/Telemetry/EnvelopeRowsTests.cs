using Jobtree.Actors.Operations;
using Jobtree.Api.Observing;
using Jobtree.Core.Model;

namespace Jobtree.Api.Tests.Telemetry;

public sealed class EnvelopeRowsTests
{
    [Fact]
    public void Beyond_the_bound_envelopes_share_a_row_that_has_their_sum()
    {
        var envelopes = new EnvelopeRows().Of(Usages(3_000));
        Assert.Equal(EnvelopeRows.RowsMaxDefault, envelopes.Count);
        Assert.Equal("other", envelopes[^1].Owner);
        Assert.Equal(3_000, envelopes.Sum(row => row.Gpus.Owned));
        Assert.Equal(6_000, envelopes.Sum(row => row.GpuHours.Shared));
        Assert.Equal(3_000, envelopes.Sum(row => row.SpareGpus));
    }

    [Fact]
    public void An_envelope_stays_in_its_row_and_a_free_row_goes_to_one_that_is_new()
    {
        var rows = new EnvelopeRows(rowsMax: 3);
        Assert.Equal(["e0", "e1", "other"], Names(rows.Of(Usages(4))));
        // e1 is deleted: e2 and e3 stay together, so that the sum of the counters of "other" goes on.
        Assert.Equal(["e0", "other"], Names(rows.Of([.. Usages(4).Where(usage => usage.Envelope.Envelope != "e1")])));
        Assert.Equal(["e0", "e4", "other"],
            Names(rows.Of([.. Usages(5).Where(usage => usage.Envelope.Envelope != "e1")])));
        Assert.Equal(["e0", "e4"],
            Names(rows.Of([.. Usages(5).Where(usage => usage.Envelope.Envelope is "e0" or "e4")])));
    }

    private static IEnumerable<string> Names(IReadOnlyList<EnvelopeRow> rows) =>
        rows.Select(row => row.Envelope.Envelope);

    private static List<EnvelopeUsage> Usages(int count) =>
    [
        .. Enumerable.Range(0, count).Select(i => new EnvelopeUsage(
            new EnvelopeKey("b", $"e{i}"), "org:ai", "H100", 8, true, new ClassSplit(1, 0, 0, 0), 1, 7,
            new ClassSplit(0, 2, 0, 0), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1))),
    ];
}
