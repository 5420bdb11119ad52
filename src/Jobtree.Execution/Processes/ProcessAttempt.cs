using Jobtree.Actors.Ports;

namespace Jobtree.Execution.Processes;

/// <summary>
/// An attempt that the executor knows, from its acceptance until it is pruned. Changed only by the executor, one caller
/// at a time.
/// </summary>
/// <param name="folder">What is known of it on disk.</param>
internal sealed class ProcessAttempt(AttemptFolder folder)
{
    private bool wasLaunched = folder.HasLaunch;
    private readonly TaskCompletionSource stop = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Which attempt.</summary>
    public AttemptId Id => folder.Id;

    /// <summary>What is known of it on disk.</summary>
    public AttemptFolder Folder => folder;

    /// <summary>What to start; forgotten when it has ended.</summary>
    public Launch? Launch { get; private set; }

    /// <summary>Its ranks; forgotten when it has ended.</summary>
    public RankPlan? Plan { get; private set; }

    /// <summary>How it ended.</summary>
    public AttemptEnd? End { get; private set; }

    /// <summary>Completes when it is to end.</summary>
    public Task StopRequested => stop.Task;

    /// <summary>Its processes' supervision.</summary>
    public Task Supervision { get; set; } = Task.CompletedTask;

    /// <summary>Says what to start.</summary>
    /// <param name="launch">The launch.</param>
    /// <param name="plan">Its ranks.</param>
    public void Accept(Launch launch, RankPlan plan) => (Launch, Plan, wasLaunched) = (launch, plan, true);

    /// <summary>Asks it to end.</summary>
    public void RequestStop() => stop.TrySetResult();

    /// <summary>Notes its end.</summary>
    /// <param name="end">How it ended.</param>
    public void Ended(AttemptEnd end) => (Launch, Plan, End) = (null, null, end);

    /// <summary>
    /// Whether this one shows that a start is over: it is a later start of the run, or a stop that came before its
    /// start. (A stop of another attempt that was never started here says nothing: its instant is only when it came.)
    /// </summary>
    /// <param name="start">The start.</param>
    public bool IsAfter(AttemptId start) => Id.StartedAt != start.StartedAt
        ? Id.StartedAt > start.StartedAt && (wasLaunched || Id.Attempt == start.Attempt)
        : Id.Attempt > start.Attempt;

    /// <summary>Whether two attempts hold a GPU in common.</summary>
    /// <param name="other">The other.</param>
    public bool Overlaps(ProcessAttempt other) =>
        Plan is { } mine && other.Plan is { } theirs
        && mine.Ranks.Any(a => theirs.Ranks.Any(b => (a.Slots.Mask & b.Slots.Mask) != 0
            && string.Equals(a.Slots.Node, b.Slots.Node, StringComparison.Ordinal)));
}
