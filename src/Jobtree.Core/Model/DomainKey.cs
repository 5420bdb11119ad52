namespace Jobtree.Core.Model;

/// <summary>
/// Identifies a fabric domain: the nodes that a placement group may span. Equal names in two clusters are two domains.
/// Keys are ordered by region, cluster and name.
/// </summary>
/// <param name="Region">The region of its nodes; empty if they name none.</param>
/// <param name="Cluster">The cluster of its nodes; empty if they name none.</param>
/// <param name="Name">The name in that cluster; the node's own name if the node names no domain.</param>
public readonly record struct DomainKey(string Region, string Cluster, string Name) : IComparable<DomainKey>
{
    /// <inheritdoc/>
    public int CompareTo(DomainKey other) =>
        string.CompareOrdinal(Region, other.Region) is not 0 and var region ? region
        : string.CompareOrdinal(Cluster, other.Cluster) is not 0 and var cluster ? cluster
        : string.CompareOrdinal(Name, other.Name);

    /// <summary>Its name behind those of its region and cluster, as far as its nodes name them.</summary>
    public override string ToString() =>
        string.Join('/', new[] { Region, Cluster, Name }.Where(part => part.Length > 0));

    /// <summary>Whether a text names this domain: its name alone, or as <see cref="ToString"/> writes it.</summary>
    /// <param name="text">The text.</param>
    public bool IsNamed(string text) => text == Name || text == ToString();

    /// <summary>Whether a domain is before another in order.</summary>
    public static bool operator <(DomainKey left, DomainKey right) => left.CompareTo(right) < 0;

    /// <summary>Whether a domain is after another in order.</summary>
    public static bool operator >(DomainKey left, DomainKey right) => left.CompareTo(right) > 0;

    /// <summary>Whether a domain is not after another in order.</summary>
    public static bool operator <=(DomainKey left, DomainKey right) => left.CompareTo(right) <= 0;

    /// <summary>Whether a domain is not before another in order.</summary>
    public static bool operator >=(DomainKey left, DomainKey right) => left.CompareTo(right) >= 0;
}
