using System.Text.Json;
using Jobtree.Actors.Ports;
using Jobtree.Core.Model;
using Jobtree.Execution.Processes.Containment;
using Jobtree.Execution.Processes.Reporting;
using Jobtree.Execution.Processes.Users;
using Microsoft.Extensions.Logging;

namespace Jobtree.Execution.Processes;

/// <summary>
/// Runs <c>workload.command</c> as child processes, one for each node on which a group has GPUs. Processes outlive this
/// host: an attempt is recorded on disk before its start is acknowledged, and the next host with the same folder finds
/// the running and the ended processes. One caller at a time makes all decisions; only the processes run in parallel.
/// </summary>
internal sealed class ProcessExecutor : ILocalExecutor
{
    private readonly ProcessExecutorOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<ProcessExecutor> logger;
    private readonly AttemptStore store;
    private readonly WorkloadUsers users;
    private readonly Containments containments;
    private readonly AttemptSupervisor supervisor;
    private readonly ExitReporter exits;
    private readonly RunLogs logs;
    // No turn is available before the executor has begun.
    private readonly SemaphoreSlim turn = new(0, 1);
    private readonly CancellationTokenSource lifetime = new();
    private readonly AttemptBook book = new();
    private readonly LaunchQueue queue;
    private Task telemetry = Task.CompletedTask;
    private int resisting;
    private bool begun;
    private bool disposed;

    /// <summary>Creates the executor; nothing is read or started before <see cref="Begin"/>.</summary>
    /// <param name="options">Limits and folders.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Logs unusual events.</param>
    /// <exception cref="PlatformNotSupportedException">Not Linux, or a needed program is missing.</exception>
    /// <exception cref="ArgumentException">The user map cannot be used.</exception>
    public ProcessExecutor(ProcessExecutorOptions options, TimeProvider time, ILogger<ProcessExecutor> logger)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException(
                "The process executor runs on Linux only; use the external or the simulated one.");
        this.options = options;
        this.time = time;
        this.logger = logger;
        HostSeal.Apply();
        users = new WorkloadUsers(options.UserMapFile is { } map ? UserMap.Read(map) : null);
        store = new AttemptStore(options.Folder, users.AreOthers);
        containments = new Containments(store.IdentityPath, options.UsesControlGroups, time,
            change => Interlocked.Add(ref resisting, change), logger);
        var starter = new RankStarter(options, new RankWrapper(options.OutputBytesMax), containments, users,
            new SecretsFolder(options.SecretsFolder), time);
        supervisor = new AttemptSupervisor(options, starter, containments, time, logger);
        exits = new ExitReporter(time, logger);
        logs = new RunLogs(store);
        queue = new LaunchQueue(options.RanksMax);
    }

    /// <inheritdoc/>
    public IRunLogs? Logs => logs;

    /// <inheritdoc/>
    public int Resisting => Volatile.Read(ref resisting);

    /// <summary>The number of attempts that run or wait.</summary>
    public int OpenCount => book.Open.Count;

    /// <inheritdoc/>
    public void Begin(IExecutionReports reports)
    {
        store.Create();
        containments.Open();
        foreach (var folder in store.Scan())
            TakeUp(new ProcessAttempt(folder));
        exits.Begin(reports);
        begun = true;
        _ = Task.Run(BeginRuns);
        telemetry = Task.Run(
            () => new TelemetryLoop(options, Running, time, logger).Run(reports, lifetime.Token));
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<(RunKey Run, int Attempt)>> TakenUp()
    {
        await turn.WaitAsync(lifetime.Token);
        try
        {
            return [.. book.Open.Select(attempt => (attempt.Id.Run, attempt.Id.Attempt))];
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask Start(Launch launch)
    {
        if (!AttemptStore.IsSafe(launch.Run))
        {
            exits.Report(new ExitReport(launch.Run, launch.Attempt, false,
                "The run's name cannot name a folder, so it has no place to run in."));
            return;
        }
        await turn.WaitAsync(lifetime.Token);
        try
        {
            Accept(launch);
            Dispatch();
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The processes of the attempt are stopped as by a cancellation (SIGTERM, then SIGKILL after a while) and started
    /// again on the present GPUs, in the same working directory: the workload goes on from its checkpoint.
    /// </remarks>
    public ValueTask Resize(Launch launch) => Start(launch);

    /// <inheritdoc/>
    public async ValueTask Stop(ExecutionStop stop)
    {
        if (!AttemptStore.IsSafe(stop.Run))
            return;
        await turn.WaitAsync(lifetime.Token);
        try
        {
            var attempt = book.Of(stop.Run).LastOrDefault(a => a.Id.Attempt == stop.Attempt) ?? Remember(
                new AttemptId(stop.Run, stop.Attempt, time.GetUtcNow()));
            End(attempt);
            Dispatch();
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>
    /// Detaches from the processes. They keep running and are found by the next host with this folder.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, true))
            return;
        await lifetime.CancelAsync();
        await telemetry.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (begun)
        {
            // Waits for the current turn and prevents further ones.
            await turn.WaitAsync();
            await Task.WhenAll(book.Open.Select(static a => a.Supervision)).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing);
        }
        await exits.DisposeAsync();
        containments.Dispose();
        turn.Dispose();
        lifetime.Dispose();
    }

    private async Task<IReadOnlyList<RunningAttempt>> Running(CancellationToken cancel)
    {
        await turn.WaitAsync(cancel);
        try
        {
            return [.. book.Open.Where(static attempt => attempt is { Plan: not null, Processes: not null }).Select(
                static attempt => new RunningAttempt(attempt.Id, attempt.Folder.OutputPath(0, "out"),
                    attempt.Plan!.Ranks, attempt.Processes!))];
        }
        finally
        {
            turn.Release();
        }
    }

    private void Accept(Launch launch)
    {
        var id = new AttemptId(launch.Run, launch.Attempt, launch.StartedAt.ToUniversalTime());
        var known = book.Of(id.Run);
        if (known.FirstOrDefault(a => a.Id == id) is { } same)
        {
            // A repeated start: the report, if any, is repeated too in case it was lost.
            Report(same);
            Move(same, launch);
            return;
        }
        if (known.Any(a => a.IsAfter(id)))
            return;
        foreach (var earlier in known.Where(static a => a.End is null).ToList())
            End(earlier);
        if (!RankPlan.TryCreate(launch, options.RanksMax, out var plan, out var problem))
            Conclude(Remember(id), Failed(problem));
        else if (queue.Count >= options.WaitingMax)
            Conclude(
                Remember(id), Failed($"{options.WaitingMax} runs wait for this host's executor already; no more may."));
        else
            queue.Add(Remember(id, launch, plan));
    }

    /// <summary>Lets an open attempt go on with the ranks of a launch, if they are others.</summary>
    private void Move(ProcessAttempt attempt, Launch launch)
    {
        var going = attempt.Next?.Plan ?? attempt.Plan;
        if (attempt.End is not null || attempt.Folder.IsStopped || going is null)
            return;
        // More ranks than may run at once run alone. What else makes a plan impossible was refused at the start.
        if (!RankPlan.TryCreate(launch, int.MaxValue, out var plan, out _) || plan.HasPlacesOf(going))
            return;
        if (queue.Contains(attempt))
        {
            attempt.Folder.Launch = launch;
            attempt.Accept(launch, plan);
            return;
        }
        queue.Ending(attempt);
        attempt.RequestRestart(launch, plan);
    }

    private ProcessAttempt Remember(AttemptId id)
    {
        var attempt = new ProcessAttempt(store.Of(id));
        attempt.Folder.Create();
        book.Add(attempt);
        return attempt;
    }

    // Adds the attempt only once it is on disk: if the write fails, the repeated start must not find it.
    private ProcessAttempt Remember(AttemptId id, Launch launch, RankPlan plan)
    {
        var attempt = new ProcessAttempt(store.Of(id));
        attempt.Folder.Create();
        attempt.Folder.Launch = launch;
        attempt.Accept(launch, plan);
        book.Add(attempt);
        return attempt;
    }

    private void End(ProcessAttempt attempt)
    {
        if (attempt.End is not null)
            return;
        attempt.Folder.MarkStopped();
        attempt.RequestStop();
        if (queue.Remove(attempt) || attempt.Plan is null)
            Conclude(attempt, StoppedEarly());
        else
            queue.Ending(attempt);
    }

    private void TakeUp(ProcessAttempt attempt)
    {
        book.Add(attempt);
        try
        {
            if (attempt.Folder.End is { } end)
                TakeUpEnded(attempt, end);
            else if (attempt.Folder.Launch is { } launch)
                TakeUpOpen(attempt, launch);
            else if (attempt.Folder.IsStopped)
                Conclude(attempt, StoppedEarly());
            else
                // The start was never acknowledged, so it will be repeated.
                Forget(attempt);
        }
        catch (JsonException e)
        {
            logger.LogError(e, "What is known of {Attempt} is damaged; it counts as failed.", attempt.Id);
            Conclude(attempt, Failed("What this host had written down about the attempt is damaged."));
        }
    }

    private void TakeUpEnded(ProcessAttempt attempt, AttemptEnd end)
    {
        attempt.Ended(end);
        book.MarkEnded(attempt);
        if (!attempt.Folder.IsReported)
            Report(attempt);
    }

    private void TakeUpOpen(ProcessAttempt attempt, Launch launch)
    {
        if (!RankPlan.TryCreate(launch, int.MaxValue, out var plan, out var problem))
        {
            Conclude(attempt, Failed(problem));
            return;
        }
        var started = attempt.Folder.Started;
        attempt.Accept(launch, plan);
        if (started is null)
        {
            queue.Add(attempt);
            if (attempt.Folder.IsStopped)
                End(attempt);
            return;
        }
        queue.Occupy(attempt);
        if (attempt.Folder.IsStopped)
            End(attempt);
        attempt.Supervision = Supervise(attempt, cancel => supervisor.Adopt(attempt, started, cancel));
    }

    /// <summary>Ends what earlier hosts left over, then lets runs begin on the GPUs.</summary>
    private async Task BeginRuns()
    {
        try
        {
            await containments.EndLeftOvers(book.Open.Select(static attempt => attempt.Id), lifetime.Token);
            Dispatch();
        }
        finally
        {
            turn.Release();
        }
    }

    private void Dispatch()
    {
        while (queue.TakeNext() is { } attempt)
            attempt.Supervision = Supervise(attempt, cancel => supervisor.Run(attempt, cancel));
    }

    private Task Supervise(ProcessAttempt attempt, Func<CancellationToken, Task<AttemptEnd>> run) =>
        Task.Run(async () =>
    {
        AttemptEnd end;
        try
        {
            end = await run(lifetime.Token);
        }
        catch (Exception e) when (!lifetime.IsCancellationRequested)
        {
            logger.LogError(e, "{Attempt} could not be run.", attempt.Id);
            end = Failed($"The host could not run it: {e.Message}");
        }
        await turn.WaitAsync(lifetime.Token);
        try
        {
            queue.Leave(attempt);
            if (end.Stopped && attempt.Next is not null && !attempt.Folder.IsStopped)
            {
                attempt.BeginRestart();
                queue.Add(attempt);
                Dispatch();
                return;
            }
            Conclude(attempt, attempt.Folder.IsStopped ? end with { Stopped = true } : end);
            Dispatch();
        }
        finally
        {
            turn.Release();
        }
    });

    private void Conclude(ProcessAttempt attempt, AttemptEnd end)
    {
        try
        {
            attempt.Folder.End = end;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The end is reported anyway; after a restart the exit codes give the same end.
            logger.LogError(e, "The end of {Attempt} could not be written down.", attempt.Id);
        }
        attempt.Ended(end);
        book.MarkEnded(attempt);
        foreach (var old in book.Surplus(attempt.Id.Run, options.AttemptsKeptPerRun, options.AttemptsKept))
            Forget(old);
        Report(attempt);
    }

    private void Report(ProcessAttempt attempt)
    {
        if (attempt.End is { Stopped: false } end)
            exits.Report(new ExitReport(
                attempt.Id.Run, attempt.Id.Attempt, end.Succeeded, end.Message, attempt.Folder.MarkReported));
    }

    private void Forget(ProcessAttempt attempt)
    {
        book.Remove(attempt);
        try
        {
            attempt.Folder.Delete(withLogs: book.Of(attempt.Id.Run).All(a => a.Id.Attempt != attempt.Id.Attempt));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning(e, "What is kept of {Attempt} could not be deleted.", attempt.Id);
        }
    }

    private AttemptEnd StoppedEarly() => new(true, false, "Stopped before it began.", time.GetUtcNow());

    private AttemptEnd Failed(string message) => new(false, false, message, time.GetUtcNow());
}
