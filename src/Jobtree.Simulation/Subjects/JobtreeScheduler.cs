using System.Diagnostics;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Subjects;

/// <summary>Jobtree itself: a stepped fleet under virtual time.</summary>
/// <param name="looks">Called with the replay after every instant at which something happened; for tests.</param>
internal sealed class JobtreeScheduler(Action<JobtreeReplay>? looks = null) : IReplayScheduler
{
    /// <inheritdoc/>
    public string Name => "Jobtree";

    /// <inheritdoc/>
    public ReplayOutcome Run(JobTrace trace, ReplayOptions options, IProgress<double> progress)
    {
        var play = Play(trace, options, progress);
        return play.IsCompleted
            ? play.GetAwaiter().GetResult()
            : throw new InvalidOperationException("The replay waits, though a stepped fleet never does.");
    }

    private async Task<ReplayOutcome> Play(JobTrace trace, ReplayOptions options, IProgress<double> progress)
    {
        var watch = Stopwatch.StartNew();
        var replay = new JobtreeReplay(trace, options);
        await replay.Play(progress, looks);
        return replay.Outcome() with { Scheduler = Name, Elapsed = watch.Elapsed };
    }
}
