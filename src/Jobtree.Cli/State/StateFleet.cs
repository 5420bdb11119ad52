using System.Runtime.CompilerServices;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Stepping;
using Jobtree.Manifests;

namespace Jobtree.Cli.State;

/// <summary>
/// The fleet of a state file: the same actors as in a live fleet, stepped by each command, without a journal.
/// </summary>
internal sealed class StateFleet : IStateFleet
{
    private readonly SteppedFleet fleet;
    private readonly IReadOnlyList<LeaseManifest> endedBefore;

    private StateFleet(SteppedFleet fleet, TimeProvider time, IReadOnlyList<LeaseManifest> endedBefore)
    {
        this.fleet = fleet;
        this.endedBefore = endedBefore;
        Operations = new FleetOperations(fleet, time, _ => fleet.Settle());
    }

    public IOperations Operations { get; }

    /// <summary>
    /// Creates a fleet from documents and processes the work that has become due since they were written.
    /// </summary>
    public static async Task<Result<IStateFleet>> Create(
        IReadOnlyList<Manifest> manifests, TimeProvider time, CancellationToken cancellation)
    {
        if (!StateCheck.Sort(manifests).Succeeded(out var documents, out var problem))
            return problem;
        var fleet = new SteppedFleet(new SteppedFleetOptions { Time = time });
        new StateImport(documents, time.GetUtcNow()).Into(fleet);
        await fleet.Resume();
        return Results.Of<IStateFleet>(new StateFleet(fleet, time, documents.Ended));
    }

    public async IAsyncEnumerable<Manifest> Export([EnumeratorCancellation] CancellationToken cancellation)
    {
        await fleet.Settle();
        // The flavors list only the latest of the ended leases; the file keeps all.
        var leases = new List<LeaseManifest>(endedBefore);
        var known = endedBefore.Select(lease => (lease.Lease.Run, lease.Lease.Id)).ToHashSet();
        await foreach (var document in Operations.Export(cancellation))
        {
            if (document is LeaseManifest lease)
            {
                if (lease.End is null || !known.Contains((lease.Lease.Run, lease.Lease.Id)))
                    leases.Add(lease);
                continue;
            }
            // Leases come after everything but reservations.
            foreach (var ordered in document is ReservationManifest ? TakeInOrder(leases) : [])
                yield return ordered;
            yield return document;
        }
        foreach (var ordered in TakeInOrder(leases))
            yield return ordered;
    }

    private static LeaseManifest[] TakeInOrder(List<LeaseManifest> leases)
    {
        LeaseManifest[] ordered = [.. leases.OrderBy(lease => lease.Lease.Start).ThenBy(lease => lease.Lease.Id)];
        leases.Clear();
        return ordered;
    }
}
