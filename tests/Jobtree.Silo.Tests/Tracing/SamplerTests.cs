using System.Diagnostics;
using Jobtree.Tracing;
using OpenTelemetry.Trace;

namespace Jobtree.Silo.Tests.Tracing;

/// <summary>Which spans are recorded, counted over many traces.</summary>
public sealed class SamplerTests
{
    private const int Traces = 20_000;

    private static readonly ActivityTraceId[] Ids = [.. Random(seed: 7)];

    [Theory]
    [InlineData("IRunGrain/Submit", 0.1)]
    [InlineData("POST /v1/runs", 0.1)]
    [InlineData("schedule_job", 1)]
    [InlineData("state_update", 0.5)]
    public void By_default_a_tenth_of_all_traces_is_recorded_every_admission_and_half_of_the_changes(
        string span, double share)
    {
        var sampler = new RuleSampler(new Sampling());
        Assert.Equal(share, Share(id => IsRecorded(sampler, span, id, default)), 0.01);
    }

    [Fact]
    public void A_span_with_a_rule_is_recorded_whatever_its_parent_is_and_others_follow_it()
    {
        var sampler = new RuleSampler(new Sampling());
        foreach (var isRecorded in new[] { true, false })
        {
            Assert.Equal(1, Share(id => IsRecorded(sampler, "schedule_job", id, Parent(id, isRecorded))));
            Assert.Equal(0.5, Share(id => IsRecorded(sampler, "state_update", id, Parent(id, isRecorded))), 0.01);
            Assert.Equal(isRecorded ? 1 : 0,
                Share(id => IsRecorded(sampler, "launch_job", id, Parent(id, isRecorded))));
        }
    }

    [Fact]
    public void A_caller_that_records_its_trace_is_followed_and_one_that_does_not_has_no_say()
    {
        var sampler = new RuleSampler(new Sampling());
        Assert.Equal(1, Share(id => IsRecorded(sampler, "any", id, Parent(id, true, isRemote: true))));
        Assert.Equal(0.1, Share(id => IsRecorded(sampler, "any", id, Parent(id, false, isRemote: true))), 0.01);
        // Every silo decides alike, so what one of them records of a trace has its parents on the others.
        var other = new RuleSampler(new Sampling());
        Assert.All(Ids.Take(1_000), id => Assert.Equal(IsRecorded(sampler, "any", id, default),
            IsRecorded(other, "any", id, Parent(id, false, isRemote: true))));
    }

    [Fact]
    public void A_trace_that_the_default_share_selects_has_all_its_changes_of_state()
    {
        var sampler = new RuleSampler(new Sampling());
        Assert.All(Ids.Where(id => IsRecorded(sampler, "any", id, default)), id =>
            Assert.True(IsRecorded(sampler, "state_update", id, Parent(id, true))));
    }

    [Fact]
    public void Shares_are_as_configured_and_update_state_is_another_name()
    {
        var sampler = new RuleSampler(new Sampling
        {
            Default = 0,
            Rules = new Dictionary<string, double> { ["update_state"] = 0.25, ["launch_job"] = 1 },
        });
        Assert.Equal(0.25, Share(id => IsRecorded(sampler, "state_update", id, default)), 0.01);
        Assert.Equal(1, Share(id => IsRecorded(sampler, "launch_job", id, default)));
        Assert.Equal(0, Share(id => IsRecorded(sampler, "schedule_job", id, default)));
    }

    private static double Share(Func<ActivityTraceId, bool> isRecorded) => (double)Ids.Count(isRecorded) / Ids.Length;

    private static bool IsRecorded(Sampler sampler, string span, ActivityTraceId trace, ActivityContext parent) =>
        sampler.ShouldSample(new SamplingParameters(parent, trace, span, ActivityKind.Internal)).Decision
            == SamplingDecision.RecordAndSample;

    private static ActivityContext Parent(ActivityTraceId trace, bool isRecorded, bool isRemote = false) => new(
        trace, ActivitySpanId.CreateRandom(), isRecorded ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None, null,
        isRemote);

    private static IEnumerable<ActivityTraceId> Random(int seed)
    {
        var random = new Random(seed);
        var bytes = new byte[16];
        for (var i = 0; i < Traces; i++)
        {
            random.NextBytes(bytes);
            yield return ActivityTraceId.CreateFromBytes(bytes);
        }
    }
}
