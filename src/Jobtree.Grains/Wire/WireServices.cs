using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Serializers;

namespace Jobtree.Grains.Wire;

/// <summary>Adds Jobtree's message format to a silo or a client. Both sides need it.</summary>
public static class WireServices
{
    /// <summary>Adds the format.</summary>
    /// <param name="services">The services of a silo or a client.</param>
    public static IServiceCollection AddJobtreeWire(this IServiceCollection services)
    {
        services.AddSingleton<WireCodec>();
        services.AddSingleton<IGeneralizedCodec>(static provider => provider.GetRequiredService<WireCodec>());
        services.AddSingleton<IGeneralizedCopier>(static provider => provider.GetRequiredService<WireCodec>());
        services.AddSingleton<ITypeFilter>(static provider => provider.GetRequiredService<WireCodec>());
        services.AddSerializer(static serializer =>
            serializer.Configure(static options => options.WellKnownTypeAliases["jobtree"] = typeof(WireCodec)));
        return services;
    }
}
