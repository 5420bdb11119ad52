using System.Diagnostics.Metrics;
using Jobtree.Grains.Wire;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;

namespace Jobtree.Client;

/// <summary>
/// Puts a <see cref="JobtreeClient"/> into a program that has an Orleans client, or is a silo of the cluster itself.
/// </summary>
public static class JobtreeClientServices
{
    /// <summary>
    /// Adds the client. How the cluster is found is said with Orleans' own methods on the same builder.
    /// </summary>
    /// <param name="client">The cluster client.</param>
    /// <param name="options">How it bears with a fleet that is away.</param>
    public static IClientBuilder AddJobtreeClient(this IClientBuilder client, JobtreeClientOptions? options = null)
    {
        client.Services.AddJobtreeWire();
        client.Services.AddMetrics();
        client.Services.AddSingleton(
            static provider => new ClientMetrics(provider.GetRequiredService<IMeterFactory>()));
        client.Services.AddSingleton(provider => new JobtreeClient(
            provider.GetRequiredService<IClusterClient>(), provider.GetRequiredService<ClientMetrics>(), options
                ?? new JobtreeClientOptions()));
        return client;
    }
}
