using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Jobtree.Silo.Hosting;

/// <summary>
/// Listens for Orleans on the ports bound for it only. Orleans requires a port for other silos; if none is bound
/// because the silo is the whole cluster, the listener accepts no connections.
/// </summary>
internal sealed class ClusterListeners(BoundPorts ports, ILoggerFactory loggers) : IConnectionListenerFactory
{
    private readonly SocketTransportFactory sockets = new(
        Options.Create(new SocketTransportOptions { CreateBoundListenSocket = ports.Take }), loggers);

    /// <summary>Replaces the listeners that Orleans has registered.</summary>
    public static void Replace(IServiceCollection services, BoundPorts ports)
    {
        var keys = services
            .Where(service => service.IsKeyedService && service.ServiceType == typeof(IConnectionListenerFactory))
            .Select(service => service.ServiceKey!)
            .ToList();
        if (keys.Count == 0)
            throw new InvalidOperationException("Orleans registers its listeners in another way than is known here.");
        foreach (var key in keys)
        {
            services.RemoveAllKeyed<IConnectionListenerFactory>(key);
            services.AddKeyedSingleton<IConnectionListenerFactory>(key,
                (provider, _) => new ClusterListeners(ports, provider.GetRequiredService<ILoggerFactory>()));
        }
    }

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ports.Has(endpoint) ? sockets.BindAsync(endpoint, cancellationToken) : new(new Nowhere(endpoint));

    /// <summary>A listener that accepts no connections.</summary>
    private sealed class Nowhere(EndPoint endpoint) : IConnectionListener
    {
        private readonly TaskCompletionSource<ConnectionContext?> ended =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EndPoint EndPoint => endpoint;

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
            new(ended.Task.WaitAsync(cancellationToken));

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            ended.TrySetResult(null);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }
}
