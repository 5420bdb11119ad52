using System.Diagnostics.CodeAnalysis;
using Orleans.GrainDirectory;
using Orleans.Runtime;
using Orleans.Runtime.GrainDirectory;

namespace Jobtree.Grains.Homes;

/// <summary>
/// On which silo a run lives. It follows from the run's key and the members of the cluster, so nothing is registered,
/// looked up or forgotten for the one short life of a run's grain, and a message finds its way without asking anybody.
/// Silos that do not agree about the members yet may have a run twice for a moment: its journal takes records of one
/// only, and after a change of the members each run reads its journal before it answers.
/// </summary>
/// <param name="membership">The members of the cluster as this silo knows them.</param>
internal sealed class RunHomes(IClusterMembershipService membership) : IGrainDirectory, IGrainDirectoryCache
{
    /// <summary>The name of this directory.</summary>
    public const string Name = "run-homes";

    /// <summary>The grain type that it is for.</summary>
    public const string GrainTypeName = "run";

    private static readonly GrainType Runs = GrainType.Create(GrainTypeName);

    private HomeTable homes = HomeTable.None;

    /// <summary>Changes with the members of the cluster.</summary>
    public long Version => membership.CurrentSnapshot.Version.Value;

    public IEnumerable<(GrainAddress ActivationAddress, int Version)> KeyValues => [];

    public bool LookUp(GrainId key, [NotNullWhen(true)] out GrainAddress? result, out int version)
    {
        version = 0;
        result = key.Type == Runs ? Now().Of(key) : null;
        return result is not null;
    }

    public Task<GrainAddress?> Lookup(GrainId grainId) => Task.FromResult(Now().Of(grainId));

    /// <summary>Whoever is activated where it does not belong hears so, and passes its messages on.</summary>
    public Task<GrainAddress?> Register(GrainAddress address) =>
        Task.FromResult<GrainAddress?>(
            Now().Of(address.GrainId) is { } home && !home.SiloAddress!.Equals(address.SiloAddress) ? home : address);

    public Task<GrainAddress?> Register(GrainAddress address, GrainAddress? previousAddress) => Register(address);

    public Task Unregister(GrainAddress address) => Task.CompletedTask;

    public Task UnregisterSilos(List<SiloAddress> siloAddresses) => Task.CompletedTask;

    public void AddOrUpdate(GrainAddress value, int version)
    {
    }

    public bool Remove(GrainId key) => false;

    public bool Remove(GrainAddress key) => false;

    public void Clear()
    {
    }

    private HomeTable Now()
    {
        var snapshot = membership.CurrentSnapshot;
        var known = Volatile.Read(ref homes);
        if (ReferenceEquals(known.Snapshot, snapshot))
            return known;
        known = HomeTable.In(snapshot);
        Volatile.Write(ref homes, known);
        return known;
    }
}
