using System.Diagnostics;
using Jobtree.Simulation.Replay;
using Jobtree.Simulation.Traces;

namespace Jobtree.Simulation.Subjects;

/// <summary>Jobtree itself: the actors that a fleet runs, in one process and under virtual time.</summary>
/// <param name="looks">Is shown the replay after every instant at which something happened; for tests.</param>
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
            : throw new InvalidOperationException("A stepped fleet never waits for anything, and yet the replay does.");
    }

    private async Task<ReplayOutcome> Play(JobTrace trace, ReplayOptions options, IProgress<double> progress)
    {
        var watch = Stopwatch.StartNew();
        await using var replay = new JobtreeReplay(trace, options);
        await replay.Play(progress, looks);
        return replay.Outcome() with { Scheduler = Name, Elapsed = watch.Elapsed };
    }
}
