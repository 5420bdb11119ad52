using Jobtree.Actors.Operations;
using Jobtree.Actors.Ports;
using Jobtree.Actors.Stepping;
using Jobtree.Manifests;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

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

    public async Task<IReadOnlyList<Manifest>> Export(CancellationToken cancellation)
    {
        var nodes = new List<NodeManifest>();
        var leases = new List<LeaseManifest>(endedBefore);
        var reservations = new List<ReservationManifest>();
        var flavors = await fleet.Directory().Flavors();
        foreach (var flavor in flavors)
        {
            var actor = fleet.Flavor(flavor);
            nodes.AddRange((await actor.Nodes()).Select(view => new NodeManifest(view.Node)));
            leases.AddRange(await actor.Leases(includeEnded: true));
            reservations.AddRange((await actor.Reservations())
                .Select(view => new ReservationManifest(view.Reservation)));
        }
        var admitted = Admissions(flavors);
        var runs = (await Runs(cancellation)).Select(
            run => admitted.TryGetValue(run.Key, out var at) ? WithAdmission(run, at) : run);
        var budgets = (await fleet.Directory().Budgets()).Select(budget => new BudgetManifest(budget));
        return
        [
            .. nodes.OrderBy(node => node.Node.Name, StringComparer.Ordinal), .. budgets, .. runs,
            .. leases.OrderBy(lease => lease.Lease.Start).ThenBy(lease => lease.Lease.Id), .. reservations,
        ];
    }

    /// <summary>
    /// When each run was first admitted: its position in the funding order, which it keeps when it is cut or reserved.
    /// </summary>
    private Dictionary<RunKey, DateTimeOffset> Admissions(IReadOnlyList<string> flavors)
    {
        var admitted = new Dictionary<RunKey, DateTimeOffset>();
        foreach (var state in flavors.Select(fleet.State).OfType<FlavorState>())
        {
            var demands = state.Running.Values.Select(run => run.Demand)
                .Concat(state.Queue.Runs.Select(run => run.Demand));
            foreach (var demand in demands)
            {
                if (demand.AdmittedAt is { } at)
                    admitted.Add(demand.Run, at);
            }
        }
        return admitted;
    }

    private static RunManifest WithAdmission(RunManifest run, DateTimeOffset at) => run with
    {
        Status = run.Status! with
        {
            Conditions = [.. run.Status.Conditions.Select(
                condition => condition.Type == ConditionType.Admitted ? condition with { Since = at } : condition)],
        },
    };

    private async Task<List<RunManifest>> Runs(CancellationToken cancellation)
    {
        var runs = new List<RunManifest>();
        var query = new RunQuery { Limit = RunQuery.LimitMax };
        do
        {
            var page = (await Operations.ListRuns(query, cancellation)).Value!;
            foreach (var run in page.Items)
                runs.Add((await Operations.GetRun(run.Key, cancellation)).Value!);
            query = query with { Continue = page.Continue };
        }
        while (query.Continue is not null);
        return runs;
    }
}
