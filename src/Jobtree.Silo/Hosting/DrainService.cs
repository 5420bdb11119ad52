using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// Runs first when a silo is asked to stop: the silo reports that it is not ready but keeps serving, until load
/// balancers have noticed. Only then does the server stop accepting requests, finish those in flight, and hand over the
/// grains.
/// </summary>
internal sealed partial class DrainService(
    SiloHealth health, ClusterSettings cluster, TimeProvider time, ILogger<DrainService> logger)
    : IHostedLifecycleService
{
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        health.Drain();
        // Whoever leaves because others do not reach it keeps from them what it holds as long as it stays.
        var drain = health.NotAliveBecause is null ? cluster.Drain : TimeSpan.Zero;
        Stopping(drain.TotalSeconds);
        await Task.Delay(drain, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        Stopped();
        return Task.CompletedTask;
    }

    [LoggerMessage(131, LogLevel.Information,
        "The silo was asked to stop, by a signal or by its supervisor; it serves for {Seconds} s more.")]
    private partial void Stopping(double seconds);

    [LoggerMessage(132, LogLevel.Information, "The silo has stopped; its grains are handed over.")]
    private partial void Stopped();
}
