using System.Text.RegularExpressions;
using Jobtree.Telemetry;

namespace Jobtree.Api.Tests.Telemetry;

public sealed partial class CatalogueTests
{
    [Fact]
    public void Every_instrument_of_the_catalogue_is_listed()
    {
        var declared = typeof(Catalogue).GetProperties()
            .Where(property => property.PropertyType == typeof(MetricDefinition))
            .Select(property => (MetricDefinition)property.GetValue(null)!);
        Assert.Equal(declared.Select(instrument => instrument.Name).Order(),
            Emitted.Select(instrument => instrument.Name).Order());
    }

    [Fact]
    public void Names_follow_the_conventions()
    {
        Assert.Equal(Emitted.Count, Emitted.Select(instrument => instrument.Name).Distinct().Count());
        foreach (var instrument in Emitted)
        {
            Assert.Matches(Name(), instrument.Name);
            Assert.Equal(instrument.Type == MetricType.Counter,
                instrument.Name.EndsWith("_total", StringComparison.Ordinal));
            Assert.EndsWith(".", instrument.Help, StringComparison.Ordinal);
            Assert.All(instrument.Labels, label => Assert.Matches(Name(), label));
            Assert.DoesNotContain(instrument.Labels, label => label is "reservation" or "le");
            // Only what a workload reports is told per run, and forgotten when the run ends.
            Assert.True(!instrument.Labels.Contains("run") || instrument.Presence == MetricPresence.Reported);
            Assert.Equal(instrument.Type == MetricType.Histogram, instrument.Buckets.Count > 0);
            Assert.Equal(instrument.Buckets.Order(), instrument.Buckets);
            if (instrument.Unit == "seconds")
                Assert.Contains("_seconds", instrument.Name, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_bounds_of_lateness_are_those_that_a_flavor_counts_by() =>
        Assert.Equal(Core.Forecasting.Lateness.BoundsSeconds, Catalogue.ForecastError.Buckets);

    private static IReadOnlyList<MetricDefinition> Emitted { get; } = [.. Catalogue.All, .. Catalogue.Sdk];

    [GeneratedRegex("^[a-z][a-z0-9_]*$")]
    private static partial Regex Name();
}
