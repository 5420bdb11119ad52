using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Services;

namespace Jobtree.Grains.Links;

/// <summary>The way from this silo to others, as messages between grains take it.</summary>
/// <param name="services">The services of the silo.</param>
public sealed class SiloLink(IServiceProvider services)
{
    private readonly Lazy<Client> client = new(() => new Client(services));

    /// <summary>Asks a silo to answer.</summary>
    /// <param name="silo">The silo.</param>
    /// <exception cref="OrleansException">It cannot be reached.</exception>
    /// <exception cref="TimeoutException">There was no answer.</exception>
    public Task Ask(SiloAddress silo) => client.Value.At(silo).Answer();

    /// <summary>Adds what answers other silos, and asks them.</summary>
    /// <param name="silo">The silo.</param>
    internal static void AddTo(ISiloBuilder silo)
    {
        silo.AddGrainService<LinkService>();
        silo.Services.AddSingleton(static provider => new SiloLink(provider));
    }

    private sealed class Client(IServiceProvider services) : GrainServiceClient<ILinkService>(services)
    {
        public ILinkService At(SiloAddress silo) => GetGrainService(silo);
    }
}
