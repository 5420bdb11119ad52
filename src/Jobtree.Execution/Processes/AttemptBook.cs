using Jobtree.Core.Model;

namespace Jobtree.Execution.Processes;

/// <summary>
/// The attempts that an executor knows: by run in the order they became known, and whether they have ended.
/// </summary>
internal sealed class AttemptBook
{
    private static readonly List<ProcessAttempt> None = [];

    private readonly Dictionary<RunKey, List<ProcessAttempt>> runs = [];
    private readonly HashSet<ProcessAttempt> open = [];
    private readonly LinkedList<ProcessAttempt> ended = [];

    /// <summary>The attempts that have not ended.</summary>
    public IReadOnlyCollection<ProcessAttempt> Open => open;

    /// <summary>The attempts of a run, the latest last.</summary>
    /// <param name="run">The run.</param>
    public IReadOnlyList<ProcessAttempt> Of(RunKey run) => runs.GetValueOrDefault(run, None);

    /// <summary>Adds an attempt that has not ended.</summary>
    /// <param name="attempt">The attempt.</param>
    public void Add(ProcessAttempt attempt)
    {
        if (!runs.TryGetValue(attempt.Id.Run, out var known))
            runs.Add(attempt.Id.Run, known = []);
        known.Add(attempt);
        open.Add(attempt);
    }

    /// <summary>Marks an attempt as ended.</summary>
    /// <param name="attempt">The attempt.</param>
    public void MarkEnded(ProcessAttempt attempt)
    {
        if (open.Remove(attempt))
            ended.AddLast(attempt);
    }

    /// <summary>The ended attempts beyond the retention limits: of a run, and in total.</summary>
    /// <param name="run">The run.</param>
    /// <param name="keptPerRun">How many are retained for the run.</param>
    /// <param name="kept">How many are retained in total.</param>
    public IReadOnlyList<ProcessAttempt> Surplus(RunKey run, int keptPerRun, int kept) =>
        [.. Of(run).Where(static a => a.End is not null).SkipLast(keptPerRun)
            .Union(ended.Take(Math.Max(0, ended.Count - kept)))];

    /// <summary>Removes an attempt.</summary>
    /// <param name="attempt">The attempt.</param>
    public void Remove(ProcessAttempt attempt)
    {
        open.Remove(attempt);
        ended.Remove(attempt);
        if (runs.TryGetValue(attempt.Id.Run, out var known) && known.Remove(attempt) && known.Count == 0)
            runs.Remove(attempt.Id.Run);
    }
}
