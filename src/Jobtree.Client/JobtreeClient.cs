using System.Runtime.CompilerServices;
using Jobtree.Actors.Operations;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Jobtree.Grains.Contracts;
using Orleans;
using Orleans.Runtime;

namespace Jobtree.Client;

/// <summary>
/// A fleet, for programs: submit, watch, cancel. A command whose answer was lost is repeated with the same operation
/// id, so that it takes effect once; what the fleet refuses comes as a <see cref="JobtreeException"/> with a stable
/// code.
/// </summary>
public sealed class JobtreeClient
{
    private readonly IOperationsGrain fleet;
    private readonly ClientMetrics metrics;
    private readonly JobtreeClientOptions options;

    internal JobtreeClient(IGrainFactory grains, ClientMetrics metrics, JobtreeClientOptions options)
    {
        fleet = grains.GetGrain<IOperationsGrain>(0);
        (this.metrics, this.options) = (metrics, options);
    }

    /// <summary>
    /// All operations of the fleet, with their problems as results, sent once: for those who decide about repeating by
    /// themselves.
    /// </summary>
    public IOperations Operations => fleet;

    /// <summary>
    /// Submits a run. The same run again is no change; another of the same name while it lives is a conflict.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="operation">The command's id; absent: a new one.</param>
    /// <param name="again">Whether a run that has ended is to run again, as a new attempt; otherwise it is left
    /// unchanged.</param>
    /// <param name="cancellation">Stops waiting; the submission may have taken effect.</param>
    /// <returns>Whether it was bound, reserved, waits, or is unchanged.</returns>
    /// <exception cref="JobtreeException">It was refused, or the fleet is away.</exception>
    public async Task<Applied> Submit(
        RunManifest run, string? operation = null, bool again = false, CancellationToken cancellation = default) =>
        (await Apply([run], operation, again, cancellation))[0];

    /// <summary>Applies nodes, budgets and runs, all checked before the first is applied.</summary>
    /// <param name="manifests">The documents, in order.</param>
    /// <param name="operation">The command's id; absent: a new one.</param>
    /// <param name="again">Whether runs that have ended are to run again, as new attempts.</param>
    /// <param name="cancellation">Stops waiting; what was begun goes on.</param>
    /// <returns>One line per document.</returns>
    /// <exception cref="JobtreeException">They were refused, or the fleet is away.</exception>
    public Task<IReadOnlyList<Applied>> Apply(IReadOnlyList<Manifest> manifests, string? operation = null,
        bool again = false, CancellationToken cancellation = default)
    {
        operation ??= NewOperation();
        return Ask("apply", operation, () =>
            fleet.Apply(manifests, operation, System.Diagnostics.Activity.Current?.Id, again, cancellation),
                cancellation);
    }

    /// <summary>A run with its full status.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="JobtreeException">There is none, or the fleet is away.</exception>
    public Task<RunManifest> Get(RunKey run, CancellationToken cancellation = default) =>
        Ask("get", null, () => fleet.GetRun(run, cancellation), cancellation);

    /// <summary>Cancels a run, waiting or running.</summary>
    /// <param name="run">The run.</param>
    /// <param name="operation">The command's id; absent: a new one.</param>
    /// <param name="cancellation">Stops waiting; the run may be cancelled.</param>
    /// <exception cref="JobtreeException">There is none, it has ended, or the fleet is away.</exception>
    public Task<RunManifest> Cancel(RunKey run, string? operation = null, CancellationToken cancellation = default)
    {
        operation ??= NewOperation();
        return Ask("cancel", operation, () => fleet.CancelRun(run, operation, cancellation), cancellation);
    }

    /// <summary>Reports that the workload of a running run ended.</summary>
    /// <param name="run">The run.</param>
    /// <param name="succeeded">Whether it ended well.</param>
    /// <param name="message">What to show for it, one line.</param>
    /// <param name="operation">The command's id; absent: a new one.</param>
    /// <param name="attempt">Which start of the run the report is of; absent: the only one there was.</param>
    /// <param name="cancellation">Stops waiting; the report may have been taken.</param>
    /// <exception cref="JobtreeException">It does not run, the report is of another attempt, or the fleet is
    /// away.</exception>
    public Task<RunManifest> Complete(RunKey run, bool succeeded = true, string? message = null,
        string? operation = null, int? attempt = null, CancellationToken cancellation = default)
    {
        operation ??= NewOperation();
        return Ask("complete", operation, () =>
            fleet.CompleteRun(run, succeeded, message, operation, attempt, cancellation), cancellation);
    }

    /// <summary>Where a run is, why not further, what would start it sooner, and when.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="JobtreeException">There is none, or the fleet is away.</exception>
    public Task<Explanation> Explain(RunKey run, CancellationToken cancellation = default) =>
        Ask("explain", null, () => fleet.ExplainRun(run, cancellation), cancellation);

    /// <summary>
    /// The states of matching runs, now and whenever one changes. It goes on by itself when the silo that it came from
    /// is lost, and then may say again what was seen.
    /// </summary>
    /// <param name="query">Which runs; the page is ignored.</param>
    /// <param name="cancellation">Ends the stream.</param>
    /// <exception cref="JobtreeException">The fleet has been away for longer than the client's patience.</exception>
    public async IAsyncEnumerable<RunManifest> Watch(
        RunQuery query, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        long? seen = null;
        Patience? patience = null;
        while (true)
        {
            var opened = options.Time.GetTimestamp();
            var changes = fleet.WatchRuns(query, seen, cancellation).GetAsyncEnumerator(cancellation);
            try
            {
                while (true)
                {
                    var (change, expired) = await Next(changes, cancellation);
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
            // However the stream ended, the next one begins after a pause: a silo that only ever ends streams is not
            // asked as fast as it can answer.
            metrics.Repeated("watch");
            // A stream in which nothing happened may have stood for long all the same; one to a fleet that is away does
            // not stand so long.
            if (options.Time.GetElapsedTime(opened) > 2 * options.Patience)
                patience = null;
            patience ??= new Patience(options);
            if (!await patience.Pause(cancellation))
                throw new JobtreeException(Away, null);
        }
    }

    /// <summary>Waits until a run is in a phase.</summary>
    /// <param name="run">The run.</param>
    /// <param name="isAwaited">Which phases.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The run as it is then.</returns>
    /// <exception cref="JobtreeException">The fleet is away.</exception>
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

    private static Problem Away { get; } = new(ProblemCode.Unavailable,
        "The cluster could not be reached, or did not answer in time; whether a command took effect is unknown.");

    private static string NewOperation() => Guid.CreateVersion7().ToString("N");

    private async Task<T> Ask<T>(
        string name, string? operation, Func<Task<Result<T>>> ask, CancellationToken cancellation)
    {
        var began = options.Time.GetTimestamp();
        var patience = new Patience(options);
        while (true)
        {
            var (answer, problem) = await Once(ask);
            if (problem is not { Code: ProblemCode.Unavailable } || !await patience.Pause(cancellation))
            {
                metrics.Answered(name, problem?.Code.ToString() ?? "ok", options.Time.GetElapsedTime(began));
                return problem is null ? answer! : throw new JobtreeException(problem, operation);
            }
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
    /// The next change; none when the stream ended or broke, or when what it should go on from is no longer kept.
    /// </summary>
    private static async Task<(RunChange? Change, bool Expired)> Next(
        IAsyncEnumerator<RunChange> changes, CancellationToken cancellation)
    {
        try
        {
            return (await changes.MoveNextAsync() ? changes.Current : null, false);
        }
        catch (WatchExpiredException)
        {
            return (null, true);
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
            // The silo that had the stream is gone, and the stream with it.
        }
    }

    private static bool IsAway(Exception failure) => failure is TimeoutException or OrleansException or IOException;
}
