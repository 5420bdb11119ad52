using System.Runtime.CompilerServices;
using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;
using Jobtree.Manifests;

namespace Jobtree.Actors.Exporting;

/// <summary>
/// A whole fleet as documents, from which a fleet can be made that decides alike. Each flavor is copied at one instant.
/// The memory that it takes grows with what waits and runs, not with what has ended.
/// </summary>
/// <param name="fleet">The fleet. It is read and never changed.</param>
/// <param name="time">The fleet's clock.</param>
internal sealed class FleetExport(IFleet fleet, TimeProvider time)
{
    /// <summary>The documents: nodes, budgets, flavors, runs, leases, reservations.</summary>
    /// <param name="cancellation">Stops it.</param>
    public async IAsyncEnumerable<Manifest> Documents([EnumeratorCancellation] CancellationToken cancellation)
    {
        var flavors = new List<ExportedFlavor>();
        foreach (var name in await fleet.Directory().Flavors())
        {
            var flavor = fleet.Flavor(name);
            var copy = await flavor.Copy();
            flavors.Add(new ExportedFlavor(name, copy, await flavor.Leases(includeEnded: true), time.GetUtcNow()));
        }
        foreach (var node in flavors.SelectMany(flavor => flavor.Nodes).OrderBy(
            node => node.Name, StringComparer.Ordinal))
            yield return new NodeManifest(node);
        foreach (var budget in await fleet.Directory().Budgets())
            yield return new BudgetManifest(budget);
        foreach (var flavor in flavors)
            yield return new FlavorManifest(flavor.Past);
        await foreach (var run in Runs(flavors.ToDictionary(flavor => flavor.Name), cancellation))
            yield return run;
        foreach (var lease in flavors.SelectMany(flavor => flavor.Leases())
            .OrderBy(lease => lease.Lease.Start).ThenBy(lease => lease.Lease.Id))
            yield return lease;
        foreach (var reservation in flavors.SelectMany(flavor => flavor.Reservations()))
            yield return new ReservationManifest(reservation);
    }

    private async IAsyncEnumerable<RunManifest> Runs(
        Dictionary<string, ExportedFlavor> flavors, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var open = flavors.Values.SelectMany(flavor => flavor.OpenRuns()).ToHashSet();
        var query = new RunQuery { Limit = RunQuery.LimitMax };
        do
        {
            cancellation.ThrowIfCancellationRequested();
            var page = await fleet.Runs().List(query);
            foreach (var listed in page.Items)
            {
                open.Remove(listed.Key);
                if (await Show(listed, flavors) is { } run)
                    yield return run;
            }
            query = query with { Continue = page.Continue };
        }
        while (query.Continue is not null);
        // The listing may not have heard yet of what a flavor has just admitted.
        foreach (var key in open.Order())
        {
            if (await fleet.Run(key).Get() is { } record && await Show(record, flavors) is { } run)
                yield return run;
        }
    }

    /// <summary>A run as its flavor held it when it was copied; null if it has ended unseen since then.</summary>
    private async ValueTask<RunManifest?> Show(RunRecord listed, Dictionary<string, ExportedFlavor> flavors)
    {
        if (flavors.GetValueOrDefault(listed.Spec.Resources.GpuType) is not { } flavor)
            return listed.ToManifest();
        if (flavor.Show(listed) is { } shown)
            return shown;
        return await fleet.Run(listed.Key).Get() is { IsOver: true } ended ? ended.ToManifest() : null;
    }
}
