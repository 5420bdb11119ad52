using System.Collections.Concurrent;
using System.Diagnostics;
using Jobtree.Actors.Operations;
using Jobtree.Core.Model;
using Jobtree.Manifests;
using Jobtree.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;

namespace Jobtree.Client.Tests;

/// <summary>The trace of a program goes on through the client to the flavor that decides.</summary>
public sealed class TraceTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> ended = new();
    private readonly ActivityListener listener;

    public TraceTests()
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is Spans.SourceName or "Microsoft.Orleans.Application",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) =>
                ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
    }

    public void Dispose() => listener.Dispose();

    [Fact]
    public async Task Each_call_is_a_span_of_the_programs_trace_and_so_is_the_admission_on_a_silo()
    {
        await using var cluster = await ClientCluster.Start();
        using var program = new Activity("program").SetIdFormat(ActivityIdFormat.W3C).Start();
        await cluster.Client.Submit(new RunManifest(new RunKey("default", "train"), new RunSpec { Owner = "org:ai",
            Resources = new Resources { GpuType = "H100", TotalGPUs = 8 } }, null, null));
        await Assert.ThrowsAsync<JobtreeException>(() => cluster.Client.Cancel(new RunKey("default", "nobody")));

        await Eventually.Holds(() => Of(program).Any(span => span.OperationName == "schedule_job"));
        var apply = Assert.Single(Of(program), span => span.OperationName == "jobtree.client apply");
        Assert.Equal((program.SpanId, ActivityStatusCode.Unset), (apply.ParentSpanId, apply.Status));
        var cancel = Assert.Single(Of(program), span => span.OperationName == "jobtree.client cancel");
        Assert.Equal((program.SpanId, ActivityStatusCode.Error, nameof(ProblemCode.NotFound)),
            (cancel.ParentSpanId, cancel.Status, cancel.StatusDescription));
        var admission = Assert.Single(Of(program), span => span.OperationName == "schedule_job");
        Assert.Equal("default/train", admission.GetTagItem(Spans.JobId));
    }

    [Fact]
    public void An_endpoint_that_is_none_is_refused_and_not_repeated()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.UseOrleansClient(client => client.UseLocalhostClustering().AddJobtreeClient(
            new JobtreeClientOptions { TraceEndpoint = "http://me:hunter2@collector" }));
        using var host = builder.Build();
        var refusal = Assert.Throws<ArgumentException>(() => host.Services.GetRequiredService<JobtreeClient>());
        Assert.Contains("TraceEndpoint takes an address such as", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refusal.Message, StringComparison.Ordinal);
    }

    private List<Activity> Of(Activity program) => [.. ended.Where(span => span.TraceId == program.TraceId)];
}
