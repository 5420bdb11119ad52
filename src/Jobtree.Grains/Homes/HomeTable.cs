using Orleans.Runtime;

namespace Jobtree.Grains.Homes;

/// <summary>
/// The home silos of runs for one set of cluster members. A run lives on the silo with the highest hash of run and
/// silo, so a silo that joins or leaves moves only runs to or from itself.
/// </summary>
internal sealed class HomeTable
{
    private readonly (ulong Hash, GrainAddress Address)[] silos;

    private HomeTable(ClusterMembershipSnapshot? snapshot, (ulong, GrainAddress)[] silos) =>
        (Snapshot, this.silos) = (snapshot, silos);

    /// <summary>The table before any member is known.</summary>
    public static HomeTable None { get; } = new(null, []);

    /// <summary>The members.</summary>
    public ClusterMembershipSnapshot? Snapshot { get; }

    public static HomeTable In(ClusterMembershipSnapshot snapshot) => new(
        snapshot,
        [.. snapshot.Members.Values
            .Where(member => member.Status == SiloStatus.Active)
            .Select(member => ((ulong)(uint)member.SiloAddress.GetConsistentHashCode() << 32,
                new GrainAddress { SiloAddress = member.SiloAddress, MembershipVersion = snapshot.Version }))]);

    /// <summary>The home of a run; null: no silo is active.</summary>
    public GrainAddress? Of(GrainId run)
    {
        if (silos.Length <= 1)
            return silos.Length == 0 ? null : silos[0].Address;
        var (best, home) = (0UL, silos[0].Address);
        var key = run.GetUniformHashCode();
        foreach (var (hash, address) in silos)
        {
            if (Mixed(hash | key) is var mixed && mixed > best)
                (best, home) = (mixed, address);
        }
        return home;
    }

    /// <summary>Spreads the bits, as the last step of MurmurHash3 does.</summary>
    private static ulong Mixed(ulong bits)
    {
        bits = (bits ^ (bits >> 33)) * 0xff51afd7ed558ccd;
        bits = (bits ^ (bits >> 33)) * 0xc4ceb9fe1a85ec53;
        return bits ^ (bits >> 33);
    }
}
