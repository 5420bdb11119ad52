using Jobtree.Grains.Homes;
using Orleans.Metadata;
using Orleans.Runtime;

namespace Jobtree.Grains.Hosting;

/// <summary>Makes the grains of runs, without asking a container for each.</summary>
/// <param name="services">What they need; not asked for before the silo is built.</param>
internal sealed class RunActivator(Func<RunServices> services) : IGrainActivator, IConfigureGrainTypeComponents
{
    private RunServices? found;

    public void Configure(GrainType grainType, GrainProperties properties, GrainTypeSharedContext shared)
    {
        if (grainType.ToString() == RunHomes.GrainTypeName)
            shared.SetComponent<IGrainActivator>(this);
    }

    public object CreateInstance(IGrainContext context) => new RunGrain(context, found ??= services());

    public ValueTask DisposeInstance(IGrainContext context, object instance) => ValueTask.CompletedTask;
}
