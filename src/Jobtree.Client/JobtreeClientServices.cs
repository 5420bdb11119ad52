using System.Diagnostics.Metrics;
using Jobtree.Grains.Wire;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;

namespace Jobtree.Client;

/// <summary>
/// Adds a <see cref="JobtreeClient"/> to a program that has an Orleans client or is itself a silo of the cluster.
/// </summary>
public static class JobtreeClientServices
{
    /// <summary>
    /// Adds the client. Configure how to find the cluster with Orleans' own methods on the same builder.
    /// </summary>
    /// <param name="client">The cluster client.</param>
    /// <param name="options">How the client retries while the fleet is unavailable.</param>
    public static IClientBuilder AddJobtreeClient(this IClientBuilder client, JobtreeClientOptions? options = null)
    {
        client.Services.AddJobtreeWire();
        client.Services.AddMetrics();
        var settings = options ?? new JobtreeClientOptions();
        client.Services.AddSingleton(
            provider => new ClientMetrics(provider.GetRequiredService<IMeterFactory>(), settings.Time));
        if (settings.Token is { } token)
            client.AddOutgoingGrainCallFilter(new TokenFilter(token));
        // Without it, a call to a grain would not continue the trace of the program.
        client.AddActivityPropagation();
        client.Services.AddSingleton(_ => new ClientTraces(settings.TraceEndpoint));
        client.Services.AddSingleton(provider =>
        {
            provider.GetRequiredService<ClientTraces>();
            return new JobtreeClient(
                provider.GetRequiredService<IClusterClient>(), provider.GetRequiredService<ClientMetrics>(), settings);
        });
        return client;
    }
}
