using Jobtree.Core.Model;

namespace Jobtree.Core.Placement;

/// <summary>The one place that a demand may use: a fabric domain, or a unit of it.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Unit">The unit. Null: the whole domain.</param>
/// <param name="Level">The level of the unit.</param>
internal sealed record PlacementArea(
    FabricDomain Domain, TopologyKey? Unit = null, LocalityLevel Level = LocalityLevel.Domain);
