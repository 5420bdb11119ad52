using System.Collections.Concurrent;
using Jobtree.Actors.Ports;
using Jobtree.Silo.Metrics;
using Jobtree.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// Asks the directory and every flavor for what costs them nothing, first until each has answered: until then the first
/// request to this silo may wait for a long journal to be read. From then on it asks now and then, only to tell who
/// does not answer: an actor that fails for all silos is no reason to take all of them out of service.
/// </summary>
/// <param name="fleet">The actors.</param>
/// <param name="metrics">Hear of each pass.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told once of each actor that does not answer.</param>
internal sealed partial class Canary(IFleet fleet, FleetMetrics metrics, TimeProvider time, ILogger<Canary> logger)
    : BackgroundService
{
    /// <summary>How often the actors are asked.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    /// <summary>How long a silo that has just started waits for answers before it serves without them.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long the start of the server is held up by the first answers, so that a fleet that answers at once is ready
    /// when its port opens. Probes must be answered while a longer journal is read.
    /// </summary>
    private static readonly TimeSpan HoldUp = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private const int AskedAtOnce = 64;
    private const string TheDirectory = "the directory";
    private readonly TaskCompletionSource served = new(TaskCreationOptions.RunContinuationsAsynchronously);
    /// <summary>The actors whose answer is missing, and whether the log says so already.</summary>
    private readonly ConcurrentDictionary<string, bool> missing = new() { [TheDirectory] = false };

    /// <summary>Whose first answer this silo waits for; null: for nobody's any more.</summary>
    public string? NotAnsweredBecause => served.Task.IsCompleted || missing.Keys.Min() is not { } actor ? null
        : $"This silo has had no answer of {actor} yet, which may still be reading its journal.";

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        await Task.WhenAny(served.Task, Task.Delay(HoldUp, time, cancellationToken));
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            await AskAll(stoppingToken);
            if (!served.Task.IsCompleted && (missing.IsEmpty || time.GetElapsedTime(began) >= Patience))
            {
                if (NotAnsweredBecause is { } reason)
                    ServesWithout(reason);
                served.SetResult();
            }
            await Task.Delay(served.Task.IsCompleted ? Every : Pause, time, stoppingToken);
        }
    }

    private async Task AskAll(CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        IReadOnlyList<string> flavors = [];
        var isWhole = await Ask(
            TheDirectory, async () => flavors = await fleet.Directory().Flavors(), cancellation);
        foreach (var some in flavors.Chunk(AskedAtOnce))
        {
            var answers = await Task.WhenAll(some.Select(flavor => Ask(
                $"flavor {flavor}", async () => await fleet.Flavor(flavor).CanAdmit(), cancellation)));
            isWhole &= answers.All(answered => answered);
        }
        metrics.Passed("canary", time.GetElapsedTime(began), isWhole ? time.GetUtcNow() : null);
    }

    private async Task<bool> Ask(string actor, Func<Task> question, CancellationToken cancellation)
    {
        missing.TryAdd(actor, false);
        try
        {
            await question().WaitAsync(cancellation);
            missing.TryRemove(actor, out _);
            return true;
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            metrics.Failed("canary", FailureWord.Of(failure), "warning");
            if (missing.TryUpdate(actor, true, false))
                DoesNotAnswer(failure, actor);
            // An actor that fails says so to everybody at once; others are served meanwhile.
            if (!served.Task.IsCompleted && FailureWord.Of(failure) != FailureWord.Unavailable)
                missing.TryRemove(actor, out _);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Of {Actor} there is no answer; it is asked again.")]
    private partial void DoesNotAnswer(Exception failure, string actor);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Reason} It serves without that from now on.")]
    private partial void ServesWithout(string reason);
}
