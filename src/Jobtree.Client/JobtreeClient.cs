using System.Diagnostics;
using System.Runtime.CompilerServices;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.WhatIf;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Jobtree.Grains.Contracts;
using Orleans;
using Orleans.Runtime;

namespace Jobtree.Client;

/// <summary>
/// The client of a fleet, for programs: submit, watch, cancel. A command whose answer was lost is repeated with the
/// same operation id, so it takes effect once. A refusal is thrown as a <see cref="JobtreeException"/> with a stable
/// code.
/// </summary>
public sealed class JobtreeClient
{
    private readonly IOperationsGrain fleet;
    private readonly ClientMetrics metrics;
    private readonly JobtreeClientOptions options;

    internal JobtreeClient(IGrainFactory grains, ClientMetrics metrics, JobtreeClientOptions options)
    {
        fleet = grains.GetGrain<IOperationsGrain>(Random.Shared.NextInt64());
        (this.metrics, this.options) = (metrics, options);
    }

    /// <summary>
    /// All operations of the fleet, sent once, with problems as results: for callers that decide about retries
    /// themselves.
    /// </summary>
    public IOperations Operations => fleet;

    /// <summary>
    /// Submits a run. Submitting the same run again changes nothing; a different run under the name of a live one is a
    /// conflict.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="operation">The command's id; absent: a new one.</param>
    /// <param name="again">Whether to restart a run that has ended, as a new attempt; otherwise it is left
    /// unchanged.</param>
    /// <param name="cancellation">Stops waiting; the submission may have taken effect.</param>
    /// <returns>Whether the run is bound, reserved, waiting or unchanged.</returns>
    /// <exception cref="JobtreeException">The run was refused, or the fleet is unavailable.</exception>
    public async Task<Applied> Submit(
        RunManifest run, string? operation = null, bool again = false, CancellationToken cancellation = default) =>
        (await Apply([run], operation, again, cancellation))[0];

    /// <summary>Applies nodes, budgets and runs. All are checked before the first is applied.</summary>
    /// <param name="manifests">The documents, in order.</param>
    /// <param name="operation">The command's id; absent: a new one.</param>
    /// <param name="again">Whether to restart runs that have ended, as new attempts.</param>
    /// <param name="cancellation">Stops waiting; work that has begun continues.</param>
    /// <returns>One line per document.</returns>
    /// <exception cref="JobtreeException">The documents were refused, or the fleet is unavailable.</exception>
    public Task<IReadOnlyList<Applied>> Apply(IReadOnlyList<Manifest> manifests, string? operation = null,
        bool again = false, CancellationToken cancellation = default)
    {
        operation ??= NewOperation();
        string? untraced = null;
        return Ask("apply", operation, () => fleet.Apply(
            manifests, By(operation), Activity.Current?.Id ?? (untraced ??= TraceParent.New()), again, cancellation),
            cancellation);
    }

    /// <summary>Gets a run with its full status.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="JobtreeException">The run does not exist, or the fleet is unavailable.</exception>
    public Task<RunManifest> Get(RunKey run, CancellationToken cancellation = default) =>
        Ask("get", null, () => fleet.GetRun(run, cancellation), cancellation);

    /// <summary>Cancels a waiting or running run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="operation">The command's id; absent: a new one.</param>
    /// <param name="cancellation">Stops waiting; the run may be cancelled.</param>
    /// <exception cref="JobtreeException">The run does not exist or has ended, or the fleet is unavailable.</exception>
    public Task<RunManifest> Cancel(RunKey run, string? operation = null, CancellationToken cancellation = default)
    {
        operation ??= NewOperation();
        return Ask("cancel", operation, () => fleet.CancelRun(run, By(operation), cancellation), cancellation);
    }

    /// <summary>Holds a waiting run back: it leaves the queue and keeps its place until it is released.</summary>
    /// <param name="run">The run.</param>
    /// <param name="reason">Why, in one line; absent: not said.</param>
    /// <param name="operation">The command's id; absent: a new one.</param>
    /// <param name="cancellation">Stops waiting; the run may be held.</param>
    /// <exception cref="JobtreeException">The run does not exist, runs or has ended, or the fleet is
    /// unavailable.</exception>
    public Task<RunManifest> Hold(
        RunKey run, string? reason = null, string? operation = null, CancellationToken cancellation = default)
    {
        operation ??= NewOperation();
        return Ask("hold", operation, () => fleet.HoldRun(run, reason, By(operation), cancellation), cancellation);
    }

    /// <summary>Lets a held run go on.</summary>
    /// <param name="run">The run.</param>
    /// <param name="operation">The command's id; absent: a new one.</param>
    /// <param name="cancellation">Stops waiting; the run may be released.</param>
    /// <exception cref="JobtreeException">The run does not exist or is not held, or the fleet is
    /// unavailable.</exception>
    public Task<RunManifest> Release(
        RunKey run, string? operation = null, CancellationToken cancellation = default)
    {
        operation ??= NewOperation();
        return Ask("release", operation, () => fleet.ReleaseRun(run, By(operation), cancellation), cancellation);
    }

    /// <summary>Reports that the workload of a running run ended.</summary>
    /// <param name="run">The run.</param>
    /// <param name="succeeded">Whether the workload succeeded.</param>
    /// <param name="message">A one-line message to show.</param>
    /// <param name="operation">The command's id; absent: a new one.</param>
    /// <param name="attempt">The attempt that the report is about; absent: the only attempt.</param>
    /// <param name="cancellation">Stops waiting; the report may have been accepted.</param>
    /// <exception cref="JobtreeException">The run is not running, the report is about another attempt, or the fleet is
    /// unavailable.</exception>
    public Task<RunManifest> Complete(RunKey run, bool succeeded = true, string? message = null,
        string? operation = null, int? attempt = null, CancellationToken cancellation = default)
    {
        operation ??= NewOperation();
        return Ask("complete", operation, () =>
            fleet.CompleteRun(run, succeeded, message, By(operation), attempt, cancellation), cancellation);
    }

    /// <summary>
    /// Lowers the desired width of an elastic run by whole steps; a running one shrinks to it at once, by its highest
    /// groups.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="gpus">How many GPUs less than it has, or than it would start with.</param>
    /// <param name="operation">The command's id; absent: a new one.</param>
    /// <param name="cancellation">Stops waiting; the run may have shrunk.</param>
    /// <exception cref="JobtreeException">The run cannot shrink by so many, does not exist or has ended, or the fleet
    /// is unavailable.</exception>
    public Task<RunManifest> Shrink(
        RunKey run, int gpus, string? operation = null, CancellationToken cancellation = default)
    {
        operation ??= NewOperation();
        return Ask("shrink", operation, () => fleet.ShrinkRun(run, gpus, By(operation), cancellation), cancellation);
    }

    /// <summary>Takes a node out of use: nothing new is placed on it, and work there goes on.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="reason">Why, in one line; absent: not said.</param>
    /// <param name="operation">The command's id; absent: a new one.</param>
    /// <param name="cancellation">Stops waiting; the node may be cordoned.</param>
    /// <returns>Whether the node is changed or unchanged.</returns>
    /// <exception cref="JobtreeException">The node does not exist, or the fleet is unavailable.</exception>
    public Task<Applied> Cordon(
        string node, string? reason = null, string? operation = null, CancellationToken cancellation = default) =>
        SetNodeState("cordon", node, NodeState.Cordoned, null, reason, operation, cancellation);

    /// <summary>Lets a node take new work, whatever state it was in.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="reason">Why, in one line; absent: not said.</param>
    /// <param name="operation">The command's id; absent: a new one.</param>
    /// <param name="cancellation">Stops waiting; the node may be ready.</param>
    /// <returns>Whether the node is changed or unchanged.</returns>
    /// <exception cref="JobtreeException">The node does not exist, or the fleet is unavailable.</exception>
    public Task<Applied> Uncordon(
        string node, string? reason = null, string? operation = null, CancellationToken cancellation = default) =>
        SetNodeState("uncordon", node, NodeState.Ready, null, reason, operation, cancellation);

    /// <summary>Has a node empty by an instant: nothing is placed on it that would outlast the instant, and work there
    /// goes on.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="emptyBy">When the node is to be empty, later than now.</param>
    /// <param name="reason">Why, in one line; absent: not said.</param>
    /// <param name="operation">The command's id; absent: a new one.</param>
    /// <param name="cancellation">Stops waiting; the node may be draining.</param>
    /// <returns>Whether the node is changed or unchanged.</returns>
    /// <exception cref="JobtreeException">The node does not exist, the instant is past, or the fleet is
    /// unavailable.</exception>
    public Task<Applied> Drain(string node, DateTimeOffset emptyBy, string? reason = null, string? operation = null,
        CancellationToken cancellation = default) =>
        SetNodeState("drain", node, NodeState.Draining, emptyBy, reason, operation, cancellation);

    /// <summary>
    /// Declares a node dead: the leases on it end. Spares take over; other runs shrink, go back to the queue or fail.
    /// </summary>
    /// <param name="node">The node's name.</param>
    /// <param name="reason">Why, in one line; absent: not said.</param>
    /// <param name="operation">The command's id; absent: a new one.</param>
    /// <param name="cancellation">Stops waiting; the node may be fenced.</param>
    /// <returns>Whether the node is changed or unchanged.</returns>
    /// <exception cref="JobtreeException">The node does not exist, or the fleet is unavailable.</exception>
    public Task<Applied> Fence(
        string node, string? reason = null, string? operation = null, CancellationToken cancellation = default) =>
        SetNodeState("fence", node, NodeState.Fenced, null, reason, operation, cancellation);

    /// <summary>Explains where a run is, what blocks it, what would start it sooner, and when it starts.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="JobtreeException">The run does not exist, or the fleet is unavailable.</exception>
    public Task<Explanation> Explain(RunKey run, CancellationToken cancellation = default) =>
        Ask("explain", null, () => fleet.ExplainRun(run, cancellation), cancellation);

    /// <summary>What changes would do: who would start when, change class, or be cut. Changes nothing.</summary>
    /// <param name="question">The changes.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="JobtreeException">A change would be refused, or the fleet is unavailable.</exception>
    public Task<WhatIfReport> WhatIf(WhatIfQuestion question, CancellationToken cancellation = default) =>
        Ask("what-if", null, () => fleet.WhatIf(question, cancellation), cancellation);

    /// <summary>
    /// Streams the states of matching runs, now and after every change. If the stream's silo is lost, the stream
    /// resumes by itself and may repeat changes.
    /// </summary>
    /// <param name="query">The filter; paging is ignored.</param>
    /// <param name="cancellation">Ends the stream.</param>
    /// <exception cref="JobtreeException">The fleet was unavailable for longer than the client's patience.</exception>
    public async IAsyncEnumerable<RunManifest> Watch(
        RunQuery query, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        long? seen = null;
        Patience? patience = null;
        while (true)
        {
            var opened = options.Time.GetTimestamp();
            var changes = fleet.WatchRuns(query, seen, cancellation).GetAsyncEnumerator(cancellation);
            var isFirst = true;
            try
            {
                while (true)
                {
                    var (change, expired) = await Next(changes, isFirst, cancellation);
                    isFirst = false;
                    if (change is null)
                    {
                        seen = expired ? null : seen;
                        break;
                    }
                    patience = null;
                    seen = change.Version;
                    yield return change.Run;
                }
            }
            finally
            {
                await Quietly(changes);
            }
            cancellation.ThrowIfCancellationRequested();
            // The next stream always starts after a pause, so that a silo that keeps ending streams is not called in a
            // tight loop.
            metrics.Repeated("watch");
            // A stream without changes may still have been open for long; a stream to an unavailable fleet is not open
            // that long.
            if (options.Time.GetElapsedTime(opened) > 2 * options.Patience)
                patience = null;
            patience ??= new Patience(options);
            if (!await patience.Pause(cancellation))
                throw new JobtreeException(Away, null);
        }
    }

    /// <summary>Waits until a run is in a phase.</summary>
    /// <param name="run">The run.</param>
    /// <param name="isAwaited">Whether a phase is awaited.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The run as read at that time.</returns>
    /// <exception cref="JobtreeException">The fleet is unavailable.</exception>
    public async Task<RunManifest> WaitFor(
        RunKey run, Func<RunPhase, bool> isAwaited, CancellationToken cancellation = default)
    {
        await foreach (var state in Watch(new RunQuery { Namespace = run.Namespace, Name = run.Name }, cancellation))
        {
            if (state.Status is { } status && isAwaited(status.Phase))
                return await Get(run, cancellation);
        }
        throw new OperationCanceledException(cancellation);
    }

    /// <summary>What happened to a run, in order, and who asked for it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="JobtreeException">The run does not exist, or the fleet is unavailable.</exception>
    public Task<RunEvents> Events(RunKey run, CancellationToken cancellation = default) =>
        Ask("events", null, () => fleet.RunEvents(run, cancellation), cancellation);

    /// <summary>A page of the runs that ended, the last to end first.</summary>
    /// <param name="query">Filters and page.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="JobtreeException">The fleet is unavailable.</exception>
    public Task<Page<RunManifest>> History(HistoryQuery query, CancellationToken cancellation = default) =>
        Ask("history", null, () => fleet.ListHistory(query, cancellation), cancellation);

    /// <summary>GPU-hours by class over a past interval.</summary>
    /// <param name="query">The interval and what to sum by.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="JobtreeException">The interval is not one, or the fleet is unavailable.</exception>
    public Task<UsageReport> Usage(UsageQuery query, CancellationToken cancellation = default) =>
        Ask("usage", null, () => fleet.UsageBetween(query, cancellation), cancellation);

    /// <summary>
    /// The entries of a flavor's ledger, byte for byte and each once. The SHA-256 of an entry's bytes in base64 is the
    /// <c>previous</c> of the next one.
    /// </summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="after">Only entries with a greater number.</param>
    /// <param name="follow">Whether to go on with each entry as it is written, looking every
    /// <see cref="JobtreeClientOptions.LookEvery"/>; otherwise the stream ends with the last entry.</param>
    /// <param name="cancellation">Ends the stream.</param>
    /// <exception cref="JobtreeException">There is no such flavor, or the fleet is unavailable.</exception>
    public async IAsyncEnumerable<LedgerRecord> Ledger(string flavor, long after = 0, bool follow = false,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        while (true)
        {
            var from = after;
            var page = await Ask("ledger", null, () =>
                fleet.ReadLedger(flavor, from, ILedgers.PageMax, cancellation), cancellation);
            foreach (var entry in page.Entries)
            {
                after = entry.Sequence;
                yield return entry;
            }
            if (page.Entries.Count > 0)
                continue;
            if (!follow)
                yield break;
            await Task.Delay(options.LookEvery, options.Time, cancellation);
        }
    }

    private static Problem Away { get; } = new(ProblemCode.Unavailable,
        "The cluster could not be reached, or did not answer in time; whether a command took effect is unknown.");

    private FleetCommand By(string operation) => new(operation, options.User);

    private static string NewOperation() => Guid.CreateVersion7().ToString("N");

    private Task<Applied> SetNodeState(string name, string node, NodeState state, DateTimeOffset? emptyBy,
        string? reason, string? operation, CancellationToken cancellation)
    {
        operation ??= NewOperation();
        return Ask(name, operation, () => fleet.SetNodeState(
            node, state, options.User, reason, By(operation), emptyBy, cancellation), cancellation);
    }

    private async Task<T> Ask<T>(
        string name, string? operation, Func<Task<Result<T>>> ask, CancellationToken cancellation)
    {
        using var span = ClientSpan.Begin(name);
        metrics.Began(name);
        try
        {
            var began = options.Time.GetTimestamp();
            var (answer, problem) = await Patiently(name, ask, cancellation);
            if (problem is not null)
                span?.SetStatus(ActivityStatusCode.Error, problem.Code.ToString());
            metrics.Answered(name, problem?.Code.ToString(), options.Time.GetElapsedTime(began));
            return problem is null ? answer! : throw new JobtreeException(problem, operation);
        }
        finally
        {
            metrics.Ended(name);
        }
    }

    private async Task<(T? Answer, Problem? Problem)> Patiently<T>(
        string name, Func<Task<Result<T>>> ask, CancellationToken cancellation)
    {
        var patience = new Patience(options);
        while (true)
        {
            var (answer, problem) = await Once(ask);
            if (problem is not { Code: ProblemCode.Unavailable } || !await patience.Pause(cancellation))
                return (answer, problem);
            metrics.Repeated(name);
        }
    }

    private static async Task<(T? Answer, Problem? Problem)> Once<T>(Func<Task<Result<T>>> ask)
    {
        try
        {
            return (await ask()).Succeeded(out var answer, out var problem) ? (answer, null) : (default, problem);
        }
        catch (Exception failure) when (IsAway(failure))
        {
            return (default, Away);
        }
    }

    /// <summary>
    /// Reads the next change; none if the stream ended or broke, or if the version to resume from is no longer
    /// retained.
    /// </summary>
    /// <exception cref="JobtreeException">The stream was refused. One that is cut off later is opened again, with the
    /// token that the client has then.</exception>
    private static async Task<(RunChange? Change, bool Expired)> Next(
        IAsyncEnumerator<RunChange> changes, bool isFirst, CancellationToken cancellation)
    {
        try
        {
            return (await changes.MoveNextAsync() ? changes.Current : null, false);
        }
        catch (WatchExpiredException)
        {
            return (null, true);
        }
        catch (StreamRefusedException refusal)
        {
            return isFirst ? throw new JobtreeException(refusal.Problem, null) : (null, false);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested
            && (IsAway(failure) || failure is OperationCanceledException or EnumerationAbortedException))
        {
            return (null, false);
        }
    }

    private static async ValueTask Quietly(IAsyncEnumerator<RunChange> changes)
    {
        try
        {
            await changes.DisposeAsync();
        }
        catch (Exception failure) when (IsAway(failure) || failure is OperationCanceledException)
        {
            // The silo that served the stream is gone, and so is the stream.
        }
    }

    private static bool IsAway(Exception failure) => failure is TimeoutException or OrleansException or IOException;
}
