namespace Jobtree.Core.Model;

/// <summary>
/// Identifies a unit of a fleet's topology: a node, rack, block or fabric domain. Equal names of racks in two blocks,
/// or of blocks in two domains, are two units.
/// </summary>
/// <param name="Domain">The fabric domain.</param>
/// <param name="Block">The label of the block. Null in a domain, and where the nodes name none.</param>
/// <param name="Rack">The label of the rack. Null in anything wider, and where the node names none.</param>
/// <param name="Node">The node, if it is a unit by itself.</param>
public readonly record struct TopologyKey(
    DomainKey Domain, string? Block = null, string? Rack = null, string? Node = null);
