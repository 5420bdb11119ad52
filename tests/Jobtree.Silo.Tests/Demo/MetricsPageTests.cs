using Jobtree.Silo.Demo;

namespace Jobtree.Silo.Tests.Demo;

/// <summary>Reading a page of metrics for the summary of a day.</summary>
public sealed class MetricsPageTests
{
    private const string Page = """
        # TYPE latency_seconds histogram
        latency_seconds_bucket{flavor="a",le="0.1"} 10
        latency_seconds_bucket{flavor="a",le="0.2"} 30
        latency_seconds_bucket{flavor="a",le="+Inf"} 40
        latency_seconds_bucket{flavor="b",le="0.1"} 30
        latency_seconds_bucket{flavor="b",le="0.2"} 70
        latency_seconds_bucket{flavor="b",le="+Inf"} 80
        decisions_total{flavor="a",outcome="bo\"und, }"} 3 1700000000000
        broken line
        """;

    private readonly MetricsPage page = MetricsPage.Read(Page);

    [Fact]
    public void Quantiles_are_interpolated_over_all_label_sets()
    {
        // 40 of 120 are up to 0.1, 100 up to 0.2: the 70th is in the middle between.
        Assert.Equal(0.15, page.Quantile("latency_seconds", 70.0 / 120)!.Value, 9);
        Assert.Equal(0.2, page.Quantile("latency_seconds", 0.99));
        Assert.Null(page.Quantile("other_seconds", 0.5));
    }

    [Fact]
    public void Samples_have_their_labels_whatever_is_in_them()
    {
        var sample = Assert.Single(page.Samples("decisions_total"));
        Assert.Equal(3, sample.Value);
        Assert.Equal("bo\\\"und, }", sample.Labels["outcome"]);
        Assert.Equal("a", sample.Labels["flavor"]);
    }
}
