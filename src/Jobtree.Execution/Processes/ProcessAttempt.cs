using Jobtree.Actors.Ports;

namespace Jobtree.Execution.Processes;

/// <summary>
/// An attempt that the executor knows, from acceptance until it is pruned. Only the executor changes it, one caller at
/// a time.
/// </summary>
/// <param name="folder">Its files.</param>
internal sealed class ProcessAttempt(AttemptFolder folder)
{
    // Set by the task that starts them, beside the executor's turns.
    private IReadOnlyList<RankRecord>? processes;
    private bool wasLaunched = folder.HasLaunch;
    private TaskCompletionSource stop = NewSignal();

    /// <summary>The attempt's id.</summary>
    public AttemptId Id => folder.Id;

    /// <summary>Its files.</summary>
    public AttemptFolder Folder => folder;

    /// <summary>What to start; null once the attempt has ended.</summary>
    public Launch? Launch { get; private set; }

    /// <summary>The ranks; null once the attempt has ended.</summary>
    public RankPlan? Plan { get; private set; }

    /// <summary>The started processes; null until they exist.</summary>
    public IReadOnlyList<RankRecord>? Processes
    {
        get => Volatile.Read(ref processes);
        set => Volatile.Write(ref processes, value);
    }

    /// <summary>The control group of the processes; null: they have none.</summary>
    public string? Group { get; set; }

    /// <summary>How the attempt ended.</summary>
    public AttemptEnd? End { get; private set; }

    /// <summary>What to start when the processes have been stopped for it; null: nothing.</summary>
    public (Launch Launch, RankPlan Plan)? Next { get; private set; }

    /// <summary>Whether its processes were started before, on other GPUs.</summary>
    public bool IsRestart { get; private set; }

    /// <summary>Completes when a stop is requested.</summary>
    public Task StopRequested => stop.Task;

    /// <summary>The task that supervises the processes.</summary>
    public Task Supervision { get; set; } = Task.CompletedTask;

    /// <summary>Sets what to start.</summary>
    /// <param name="launch">The launch.</param>
    /// <param name="plan">The ranks.</param>
    public void Accept(Launch launch, RankPlan plan) => (Launch, Plan, wasLaunched) = (launch, plan, true);

    /// <summary>Requests a stop.</summary>
    public void RequestStop() => stop.TrySetResult();

    /// <summary>Requests that the processes are stopped, and started again on other GPUs.</summary>
    /// <param name="launch">The launch with its present leases.</param>
    /// <param name="plan">The ranks.</param>
    public void RequestRestart(Launch launch, RankPlan plan)
    {
        Next = (launch, plan);
        RequestStop();
    }

    /// <summary>The processes were stopped for a restart: forgets them, and takes what is next.</summary>
    public void BeginRestart()
    {
        var (launch, plan) = Next!.Value;
        folder.ForgetProcesses([.. Plan!.Ranks.Select(static rank => rank.Number)]);
        folder.Launch = launch;
        (Launch, Plan, Next, Processes, IsRestart, stop) = (launch, plan, null, null, true, NewSignal());
    }

    /// <summary>Records the end.</summary>
    /// <param name="end">How the attempt ended.</param>
    public void Ended(AttemptEnd end) => (Launch, Plan, End) = (null, null, end);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Whether this attempt shows that a start is obsolete: it is a later start of the run, or a stop that arrived
    /// before its start. (A stop of another attempt that was never started here proves nothing: its instant is only its
    /// arrival.)
    /// </summary>
    /// <param name="start">The start.</param>
    public bool IsAfter(AttemptId start) => Id.StartedAt != start.StartedAt
        ? Id.StartedAt > start.StartedAt && (wasLaunched || Id.Attempt == start.Attempt)
        : Id.Attempt > start.Attempt;

    /// <summary>Whether two attempts share a GPU.</summary>
    /// <param name="other">The other.</param>
    public bool Overlaps(ProcessAttempt other) =>
        Plan is { } mine && other.Plan is { } theirs
        && mine.Ranks.Any(a => theirs.Ranks.Any(b => (a.Slots.Mask & b.Slots.Mask) != 0
            && string.Equals(a.Slots.Node, b.Slots.Node, StringComparison.Ordinal)));
}
