using System.Collections.Immutable;

namespace Jobtree.Simulation.Replay;

/// <summary>The outcomes of one scheduler, one per seed. A scheduler that draws nothing has one.</summary>
internal sealed class SeededOutcomes
{
    /// <summary>Collects the outcomes.</summary>
    /// <param name="seeds">The seeds; at least one.</param>
    /// <param name="runs">The outcomes, one per seed.</param>
    public SeededOutcomes(ImmutableArray<ulong> seeds, ImmutableArray<ReplayOutcome> runs)
    {
        (Seeds, Runs) = (seeds, runs);
        Middle = Runs.OrderBy(MeanStart).ElementAt((Runs.Length - 1) / 2);
    }

    /// <summary>The outcome of a scheduler that ran once.</summary>
    public SeededOutcomes(ReplayOutcome only)
        : this([1], [only])
    {
    }

    /// <summary>The seeds.</summary>
    public ImmutableArray<ulong> Seeds { get; }

    /// <summary>The outcomes, in the order of <see cref="Seeds"/>.</summary>
    public ImmutableArray<ReplayOutcome> Runs { get; }

    /// <summary>
    /// The outcome whose mean wait is the median of all; a plot can show only one. All run the same jobs, so that the
    /// mean start orders as the mean wait does.
    /// </summary>
    public ReplayOutcome Middle { get; }

    private static double MeanStart(ReplayOutcome outcome) =>
        outcome.Jobs.Where(job => job.Ran).Select(job => job.Start.TotalMinutes).DefaultIfEmpty().Average();
}
