using System.Diagnostics.CodeAnalysis;
using Jobtree.Core.Model;
using Orleans.GrainDirectory;
using Orleans.Runtime;
using Orleans.Runtime.GrainDirectory;

namespace Jobtree.Grains.Homes;

/// <summary>
/// Locates the silo on which a run lives. The home follows from the run's key and the cluster members, so a short-lived
/// run grain needs no registration or lookup, and messages are routed without a query. Silos that do not yet agree
/// about the members may activate a run twice for a moment: the journal accepts records of only one activation, and
/// after a membership change each run reads its journal before it answers.
/// </summary>
/// <param name="membership">The members of the cluster as this silo knows them.</param>
internal sealed class RunHomes(IClusterMembershipService membership) : IGrainDirectory, IGrainDirectoryCache
{
    /// <summary>The name of this directory.</summary>
    public const string Name = "run-homes";

    /// <summary>The grain type that this directory serves.</summary>
    public const string GrainTypeName = "run";

    private static readonly GrainType Runs = GrainType.Create(GrainTypeName);

    private HomeTable homes = HomeTable.None;

    /// <summary>Changes with the members of the cluster.</summary>
    public long Version => membership.CurrentSnapshot.Version.Value;

    /// <summary>The silo on which a run lives; null: no silo is active.</summary>
    /// <param name="run">The run.</param>
    public SiloAddress? Of(RunKey run) => Now().Of(GrainId.Create(Runs, IdSpan.Create(run.ToString())))?.SiloAddress;

    public IEnumerable<(GrainAddress ActivationAddress, int Version)> KeyValues => [];

    public bool LookUp(GrainId key, [NotNullWhen(true)] out GrainAddress? result, out int version)
    {
        version = 0;
        result = key.Type == Runs ? Now().Of(key) : null;
        return result is not null;
    }

    public Task<GrainAddress?> Lookup(GrainId grainId) => Task.FromResult(Now().Of(grainId));

    /// <summary>Tells an activation on the wrong silo its home, so that it forwards its messages.</summary>
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
