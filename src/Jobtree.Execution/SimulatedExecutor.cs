using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Microsoft.Extensions.Logging;

namespace Jobtree.Execution;

/// <summary>
/// Ends every run well once its expected duration has passed since its leases began. One timer stands for all of them,
/// set to the earliest end. Nothing is kept on disk: a start that is repeated after a restart finds the same end, or
/// one already past.
/// </summary>
internal sealed class SimulatedExecutor : ILocalExecutor
{
    // Timers follow a steady clock and ends the wall clock: when that is set, no end is missed by more than this.
    private static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan WaitMin = TimeSpan.FromMilliseconds(1);
    private const int StaleMin = 1024;

    private readonly SimulatedExecutorOptions options;
    private readonly TimeProvider time;
    private readonly ExitReporter exits;
    private readonly ITimer timer;
    private readonly Lock gate = new();
    private readonly Dictionary<RunKey, SimulatedRun> open = [];
    private readonly PriorityQueue<(RunKey Run, SimulatedRun Open), (DateTimeOffset End, long Order)> ends = new();
    private DateTimeOffset wakesAt = DateTimeOffset.MaxValue;
    private long order;
    private bool disposed;

    public SimulatedExecutor(SimulatedExecutorOptions options, TimeProvider time, ILogger<SimulatedExecutor> logger)
    {
        this.options = options;
        this.time = time;
        exits = new ExitReporter(time, logger);
        timer = time.CreateTimer(static executor => ((SimulatedExecutor)executor!).Wake(), this,
            Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public IRunLogs? Logs => null;

    /// <summary>How many runs go on.</summary>
    public int OpenCount
    {
        get
        {
            lock (gate)
                return open.Count;
        }
    }

    /// <inheritdoc/>
    public void Begin(IExecutionReports reports) => exits.Begin(reports);

    /// <inheritdoc/>
    public ValueTask Start(Launch launch)
    {
        lock (gate)
        {
            // A start that is known, or older than the one that is known, says nothing new.
            if (disposed || (open.TryGetValue(launch.Run, out var known) && !IsNewer(launch, known)))
                return ValueTask.CompletedTask;
            var run = new SimulatedRun(launch.Attempt, launch.StartedAt);
            open[launch.Run] = run;
            ends.Enqueue((launch.Run, run), (EndOf(launch), order++));
        }
        EndDue();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask Stop(ExecutionStop stop)
    {
        lock (gate)
        {
            if (open.TryGetValue(stop.Run, out var run) && run.Attempt <= stop.Attempt)
                open.Remove(stop.Run);
            DropStale();
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        lock (gate)
            disposed = true;
        await timer.DisposeAsync();
        await exits.DisposeAsync();
    }

    private static bool IsNewer(Launch launch, SimulatedRun known) =>
        launch.StartedAt != known.StartedAt ? launch.StartedAt > known.StartedAt : launch.Attempt > known.Attempt;

    private DateTimeOffset EndOf(Launch launch)
    {
        var duration = launch.Spec.Runtime?.ExpectedDuration ?? options.DurationDefault;
        return duration < DateTimeOffset.MaxValue - launch.StartedAt ? launch.StartedAt + duration
            : DateTimeOffset.MaxValue;
    }

    /// <summary>
    /// The timer has fired and is no longer set, also when it fired a little before the wall clock reached the end.
    /// </summary>
    private void Wake()
    {
        lock (gate)
        {
            wakesAt = DateTimeOffset.MaxValue;
            EndDue();
        }
    }

    private void EndDue()
    {
        lock (gate)
        {
            if (disposed)
                return;
            var now = time.GetUtcNow();
            while (ends.TryPeek(out var next, out var at) && (at.End <= now || !IsOpen(next.Run, next.Open)))
            {
                ends.Dequeue();
                if (!IsOpen(next.Run, next.Open))
                    continue;
                open.Remove(next.Run);
                exits.Report(
                    new ExitReport(next.Run, next.Open.Attempt, true, "The simulated run took its expected duration."));
            }
            SetTimer(now);
        }
    }

    private void SetTimer(DateTimeOffset now)
    {
        var earliest = ends.TryPeek(out _, out var at) ? at.End : DateTimeOffset.MaxValue;
        // A wake-up that is set for the same instant and still ahead stays as it is: most starts do not change the
        // earliest end.
        if (earliest == wakesAt && wakesAt > now)
            return;
        wakesAt = ends.Count > 0 && earliest - now > WaitMax ? now + WaitMax : earliest;
        var wait = ends.Count == 0 ? Timeout.InfiniteTimeSpan : wakesAt - now > WaitMin ? wakesAt - now : WaitMin;
        timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private bool IsOpen(RunKey run, SimulatedRun start) =>
        open.TryGetValue(run, out var current) && ReferenceEquals(current, start);

    // Stopped runs stay in the queue until their end comes up; when they are the most of it, the queue is built anew.
    private void DropStale()
    {
        if (ends.Count < StaleMin || ends.Count < 2 * open.Count)
            return;
        var live = ends.UnorderedItems.Where(item => IsOpen(item.Element.Run, item.Element.Open)).ToList();
        ends.Clear();
        ends.EnqueueRange(live);
    }
}

/// <summary>How runs are simulated.</summary>
internal sealed record SimulatedExecutorOptions
{
    /// <summary>How long a run takes that does not say its expected duration.</summary>
    public TimeSpan DurationDefault { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>A simulated start that has not ended.</summary>
/// <param name="Attempt">Which start of the run.</param>
/// <param name="StartedAt">When its leases began.</param>
internal sealed record SimulatedRun(int Attempt, DateTimeOffset StartedAt);
