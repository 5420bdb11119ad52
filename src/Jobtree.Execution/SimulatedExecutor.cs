using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Microsoft.Extensions.Logging;

namespace Jobtree.Execution;

/// <summary>
/// Ends every run successfully once its expected duration has passed since its leases began. A single timer is set to
/// the earliest end. Nothing is stored on disk: a start repeated after a restart yields the same end, or one in the
/// past.
/// </summary>
internal sealed class SimulatedExecutor : ILocalExecutor
{
    // Timers use the monotonic clock, ends the wall clock. This limits the delay after the wall clock is set.
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

    /// <summary>The number of open runs.</summary>
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
            // A start that is already known, or older than the known one, is ignored.
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
    public ValueTask Resize(Launch launch) => ValueTask.CompletedTask; // Its end does not depend on its width.

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
    /// Ends due runs when the timer has fired. It is then no longer set, even if it fired before the wall clock reached
    /// the end.
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
        // Keeps a wake-up already set for the same future instant: most starts do not change the earliest end.
        if (earliest == wakesAt && wakesAt > now)
            return;
        wakesAt = ends.Count > 0 && earliest - now > WaitMax ? now + WaitMax : earliest;
        var wait = ends.Count == 0 ? Timeout.InfiniteTimeSpan : wakesAt - now > WaitMin ? wakesAt - now : WaitMin;
        timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private bool IsOpen(RunKey run, SimulatedRun start) =>
        open.TryGetValue(run, out var current) && ReferenceEquals(current, start);

    // Stopped runs stay in the queue until their end is reached. The queue is rebuilt when they are the majority.
    private void DropStale()
    {
        if (ends.Count < StaleMin || ends.Count < 2 * open.Count)
            return;
        var live = ends.UnorderedItems.Where(item => IsOpen(item.Element.Run, item.Element.Open)).ToList();
        ends.Clear();
        ends.EnqueueRange(live);
    }
}

/// <summary>Options of the simulation.</summary>
internal sealed record SimulatedExecutorOptions
{
    /// <summary>The duration of a run without an expected duration.</summary>
    public TimeSpan DurationDefault { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>A simulated start that has not ended.</summary>
/// <param name="Attempt">The number of the start.</param>
/// <param name="StartedAt">When the leases began.</param>
internal sealed record SimulatedRun(int Attempt, DateTimeOffset StartedAt);
