using System.Threading.Channels;
using System.Threading.RateLimiting;
using Jobtree.Api.Access;
using Jobtree.Api.Problems;
using Jobtree.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jobtree.Api.Auditing;

/// <summary>
/// Writes the audit log: every command with its answer, and every refusal. A request is answered after its entry was
/// given to the store. Entries that come meanwhile are written together.
/// </summary>
public sealed partial class AuditTrail : BackgroundService
{
    private const int QueueMax = 10_000;
    private const int BatchMax = 1_000;
    private const int RefusalsAtOnce = 60;
    private static readonly TimeSpan RefusalEvery = TimeSpan.FromSeconds(1);

    private readonly IAuditStore? store;
    private readonly FleetMetrics metrics;
    private readonly TimeProvider time;
    private readonly ILogger<AuditTrail> logger;
    private readonly Channel<Pending> queue = Channel.CreateBounded<Pending>(
        new BoundedChannelOptions(QueueMax) { SingleReader = true });
    // There is at most one bucket per token, and one for all who have none, so the number of buckets is bounded.
    private readonly PartitionedRateLimiter<string> refusals = PartitionedRateLimiter.Create<string, string>(
        token => RateLimitPartition.GetTokenBucketLimiter(token, static _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = RefusalsAtOnce, TokensPerPeriod = 1, ReplenishmentPeriod = RefusalEvery, QueueLimit = 0,
        }), StringComparer.Ordinal);
    private long omitted;
    private bool isFailing;

    /// <param name="store">Where the log is kept; absent: there is none.</param>
    /// <param name="metrics">Counts what could not be written.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Logs that nothing can be written.</param>
    internal AuditTrail(IAuditStore? store, FleetMetrics metrics, TimeProvider time, ILogger<AuditTrail> logger) =>
        (this.store, this.metrics, this.time, this.logger) = (store, metrics, time, logger);

    /// <summary>Tells of somebody who signs in or out.</summary>
    /// <param name="http">The request.</param>
    /// <param name="caller">Who; absent: nobody who is known.</param>
    /// <param name="status">The status of its answer.</param>
    /// <param name="after">What it got, in a few words; absent: it was refused.</param>
    internal Task Record(HttpContext http, Caller? caller, int status, string? after) =>
        Record(AuditSource.Of(http), caller, "", status, null, [new AuditChange(null, null, after)]);

    /// <summary>Tells of a client of the cluster that was cut off for what it sent.</summary>
    /// <param name="address">Its address, if it is known.</param>
    /// <param name="why">Why, in a few words that no client can choose freely.</param>
    public Task RefuseClient(string? address, string why) =>
        Record(AuditSource.OfClient(why, address), null, "", StatusCodes.Status403Forbidden,
            ProblemKind.Forbidden.Code, [new AuditChange(null, null, null)]);

    /// <summary>Tells of an answered command.</summary>
    internal Task Record(
        AuditSource source, Caller caller, string operation, AuditNote note, ApiProblem? problem) =>
        problem is not null || note.Changes.Count == 0
            ? Record(source, caller, operation, problem?.Kind.Status ?? StatusCodes.Status200OK, problem?.Kind.Code,
                [new AuditChange(note.Target, note.Before, null)])
            : Record(source, caller, operation, StatusCodes.Status200OK, null, note.Changes);

    /// <summary>Tells of a request that was refused before anything was done.</summary>
    internal Task Refused(AuditSource source, Caller? caller, ApiProblem problem) =>
        problem.Kind.Status is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden
            ? Record(source, caller, "", problem.Kind.Status, problem.Kind.Code, [new AuditChange(null, null, null)])
            : Task.CompletedTask;

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        queue.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        refusals.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (store is null)
            return;
        var batch = new List<Pending>();
        // Ends when the queue is closed and empty: what was answered before a stop is written.
        while (await queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            for (batch.Clear(); batch.Count < BatchMax && queue.Reader.TryRead(out var next);)
                batch.Add(next);
            await Write([.. batch.SelectMany(pending => pending.Entries)]);
            foreach (var pending in batch)
                pending.Written.SetResult();
        }
    }

    private async Task Write(List<AuditEntry> entries)
    {
        var missing = Interlocked.Exchange(ref omitted, 0);
        entries[0] = entries[0] with { Omitted = missing };
        try
        {
            await store!.Append(entries, CancellationToken.None);
            if (isFailing)
                WritesAgain();
            isFailing = false;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // The commands have taken effect and are answered; the next entry tells how many have none.
            Interlocked.Add(ref omitted, missing + entries.Count);
            metrics.Failed("audit-log", failure.GetType().Name);
            if (!isFailing)
                CannotWrite(failure);
            isFailing = true;
        }
    }

    private async Task Record(AuditSource source, Caller? caller, string operation, int status, string? code,
        IReadOnlyList<AuditChange> changes)
    {
        if (store is null)
            return;
        // One who is refused again and again must not push out of the log what others did.
        if (status >= StatusCodes.Status400BadRequest)
        {
            using var allowed = refusals.AttemptAcquire(caller?.Name ?? "");
            if (!allowed.IsAcquired)
            {
                Interlocked.Increment(ref omitted);
                return;
            }
        }
        var at = time.GetUtcNow();
        var pending = new Pending([.. changes.Select(change => new AuditEntry
        {
            At = at,
            Token = caller is { Name.Length: > 0 } ? caller.Name : null,
            Role = caller is { Name.Length: > 0 } ? caller.Role.ToString().ToLowerInvariant() : null,
            Address = source.Address,
            Method = source.Method,
            Route = source.Route,
            Target = change.Target ?? source.Target,
            Operation = operation.Length > 0 ? operation : null,
            Before = change.Before,
            After = change.After,
            Status = status,
            Code = code,
        })], new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            await queue.Writer.WriteAsync(pending);
        }
        catch (ChannelClosedException)
        {
            return;
        }
        await pending.Written.Task;
    }

    [LoggerMessage(1, LogLevel.Error,
        "The audit log cannot be written; commands are still answered, and counted in its next entry.")]
    private partial void CannotWrite(Exception failure);

    [LoggerMessage(2, LogLevel.Information, "The audit log is written again.")]
    private partial void WritesAgain();

    private sealed record Pending(IReadOnlyList<AuditEntry> Entries, TaskCompletionSource Written);
}
