using Jobtree.Grains.Homes;

namespace Jobtree.Grains.Hosting;

/// <summary>What the grain of a run needs.</summary>
/// <param name="Actor">What every grain with an actor needs.</param>
/// <param name="Homes">Where runs live.</param>
internal sealed record RunServices(ActorServices Actor, RunHomes Homes);
