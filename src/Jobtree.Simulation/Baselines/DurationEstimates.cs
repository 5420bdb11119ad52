using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Baselines;

/// <summary>Chooses the estimates that a replay's options ask for.</summary>
internal static class DurationEstimates
{
    /// <summary>Estimates for one run of one trace.</summary>
    public static IDurationEstimates For(JobTrace trace, ReplayOptions options) => options.Estimates switch
    {
        DurationKnowledge.Exact => new ExactEstimates(trace),
        DurationKnowledge.None => new FixedEstimates(options.DefaultDuration),
        _ => new HistoryEstimates(trace, options.DefaultDuration),
    };
}
