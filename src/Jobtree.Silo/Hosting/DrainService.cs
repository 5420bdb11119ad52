using Microsoft.Extensions.Hosting;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// The first that happens when a silo is asked to stop: it says that it is not ready, and goes on serving for a while,
/// until whoever balances the load has heard of it. Only then does the server take no more, do the requests in flight
/// end, and does the silo hand its grains over.
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
