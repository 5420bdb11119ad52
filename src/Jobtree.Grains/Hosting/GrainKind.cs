using Orleans.Runtime;

namespace Jobtree.Grains.Hosting;

/// <summary>
/// Makes references to grains of one kind. The grain type and the interface are looked up once: Orleans' factory uses
/// reflection for every reference, which costs a tenth of an admission.
/// </summary>
/// <typeparam name="TGrain">The grain's interface.</typeparam>
/// <param name="grains">Orleans' factory.</param>
internal sealed class GrainKind<TGrain>(IGrainFactory grains)
    where TGrain : IGrainWithStringKey
{
    // Deferred, because a silo's factory works only after the silo is built.
    private readonly Lazy<(GrainType Type, GrainInterfaceType Interface)> kind = new(() =>
    {
        var any = grains.GetGrain<TGrain>("any");
        return (any.GetGrainId().Type, ((GrainReference)(object)any).InterfaceType);
    });

    /// <summary>The grain of a key.</summary>
    /// <param name="key">The key.</param>
    public TGrain Of(string key) => (TGrain)grains.GetGrain(GrainId.Create(kind.Value.Type, key), kind.Value.Interface);
}
