using System.Collections.Frozen;
using OpenTelemetry.Trace;

namespace Jobtree.Tracing;

/// <summary>
/// Samples spans by rules. A span with a rule is recorded in that share of all traces, whatever became of its parent.
/// Other spans follow their parent in this process. A caller elsewhere that records the trace is followed too; if it
/// does not, or there is none, the default share decides.
/// </summary>
/// <remarks>
/// Shares are taken by trace id. So every silo decides alike, and a trace that the default share selects has all its
/// spans if no rule has a smaller share.
/// </remarks>
public sealed class RuleSampler : Sampler
{
    private readonly FrozenDictionary<string, Sampler> rules;
    private readonly ParentBasedSampler otherwise;

    /// <summary>Makes the sampler.</summary>
    /// <param name="sampling">The shares.</param>
    public RuleSampler(Sampling sampling)
    {
        rules = sampling.Rules.ToFrozenDictionary(rule => Sampling.SpanOf(rule.Key), rule => Share(rule.Value));
        var share = Share(sampling.Default);
        otherwise = new ParentBasedSampler(share, remoteParentNotSampled: share);
        Description = $"Jobtree({sampling.Default}, {string.Join(", ", sampling.Rules.Select(
            rule => $"{rule.Key}: {rule.Value}"))})";
    }

    /// <inheritdoc/>
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        rules.TryGetValue(samplingParameters.Name, out var rule) ? rule.ShouldSample(samplingParameters)
            : otherwise.ShouldSample(samplingParameters);

    private static Sampler Share(double share) => share switch
    {
        >= 1 => new AlwaysOnSampler(),
        <= 0 => new AlwaysOffSampler(),
        _ => new TraceIdRatioBasedSampler(share),
    };
}
