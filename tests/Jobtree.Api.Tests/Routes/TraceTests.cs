using System.Diagnostics;
using Jobtree.Api.Tests.Fleet;
using Jobtree.Api.Tests.Hosting;

namespace Jobtree.Api.Tests.Routes;

public sealed class TraceTests
{
    private const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public async Task The_trace_of_a_submission_goes_on_in_its_workload()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests", Samples.Node("n1"))).IsOk();
        (await host.Post("/v1/runs", Samples.Run("one"), headers: ("traceparent", Trace))).IsOk();
        (await host.Post("/v1/manifests", $"[{Samples.Run("two")},{Samples.Run("three")}]",
            headers: ("traceparent", Trace))).IsOk();
        (await host.Post("/v1/runs", Samples.Run("untraced"))).IsOk();
        foreach (var run in new[] { "one", "two", "three" })
            Assert.Equal(Trace, host.Fleet.Launches.Of(run).TraceParent);
        IsOwn(host.Fleet.Launches.Of("untraced").TraceParent);
    }

    [Fact]
    public async Task A_host_that_traces_puts_its_own_span_in_between()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Microsoft.AspNetCore",
            Sample = static (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId.ToHexString() == Trace[3..35] ? ActivitySamplingResult.AllDataAndRecorded
                    : ActivitySamplingResult.None,
        };
        ActivitySource.AddActivityListener(listener);
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests", Samples.Node("n1"))).IsOk();
        (await host.Post("/v1/runs", Samples.Run("traced"), headers: ("traceparent", Trace))).IsOk();
        var carried = host.Fleet.Launches.Of("traced").TraceParent!;
        Assert.StartsWith(Trace[..36], carried, StringComparison.Ordinal);
        Assert.NotEqual(Trace, carried);
    }

    [Theory]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01")]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01")]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01; rm -rf")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331")]
    [InlineData("$(touch /tmp/pwned)")]
    [InlineData("")]
    [InlineData(Trace + "," + Trace)]
    public async Task What_is_no_trace_is_dropped_and_the_run_begins_one_of_its_own(string header)
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests", Samples.Node("n1"))).IsOk();
        (await host.Post("/v1/runs", Samples.Run("one"), headers: ("traceparent", header))).IsOk();
        IsOwn(host.Fleet.Launches.Of("one").TraceParent);
    }

    [Fact]
    public async Task What_is_nearly_a_trace_comes_out_as_one_or_not_at_all()
    {
        await using var host = await ApiHost.Start();
        (await host.Post("/v1/manifests", Samples.Node("n1"))).IsOk();
        var header = Trace.Replace('-', '\'');
        (await host.Post("/v1/runs", Samples.Run("one"), headers: ("traceparent", header))).IsOk();
        if (host.Fleet.Launches.Of("one").TraceParent is not Trace and var own)
            IsOwn(own);
    }

    // A workload always gets a trace to continue.
    private static void IsOwn(string? trace)
    {
        Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-01$", trace);
        Assert.NotEqual(Trace[..36], trace![..36]);
    }
}
