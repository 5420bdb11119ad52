using Microsoft.Extensions.Hosting;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// Runs first when a silo is asked to stop: the silo reports that it is not ready but keeps serving, until load
/// balancers have noticed. Only then does the server stop accepting requests, finish those in flight, and hand over the
/// grains.
/// </summary>
internal sealed class DrainService(SiloHealth health, ClusterSettings cluster, TimeProvider time)
    : IHostedLifecycleService
{
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        health.Drain();
        await Task.Delay(cluster.Drain, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
