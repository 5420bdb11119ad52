using System.Globalization;
using Jobtree.Actors.Operations;
using Jobtree.Core;
using Jobtree.Core.Funding;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Cli.State;

/// <summary>
/// Checks that the documents of a state file are consistent with one another. Each document is already valid by itself.
/// </summary>
internal sealed class StateCheck
{
    private const int ErrorsMax = 50;
    private readonly List<string> errors = [];

    /// <summary>The documents by kind, or all contradictions in them.</summary>
    /// <param name="manifests">The documents in the order of the file.</param>
    public static Result<StateDocuments> Sort(IReadOnlyList<Manifest> manifests) => new StateCheck().Check(manifests);

    private Result<StateDocuments> Check(IReadOnlyList<Manifest> manifests)
    {
        var flavors = manifests.OfType<RunManifest>().DistinctBy(run => run.Key).ToDictionary(
            run => run.Key, run => run.Spec.Resources.GpuType);
        // Lease numbers are unique within a flavor.
        var leases = Unique(
            Numbered([.. manifests.OfType<LeaseManifest>()]), lease =>
                $"{flavors.GetValueOrDefault(lease.Lease.Run)} {lease.Lease.Id}".TrimStart(), "lease");
        var documents = new StateDocuments
        {
            Nodes = Unique(manifests.OfType<NodeManifest>().Select(manifest => manifest.Node), node =>
                node.Name, "node").ToDictionary(node => node.Name),
            Budgets =
            [
                .. WithFormerKeys(Unique(manifests.OfType<BudgetManifest>().Select(manifest => manifest.Budget),
                    budget => budget.Key, "budget")).OrderBy(budget => budget.Key, StringComparer.Ordinal),
            ],
            Pasts = Unique(manifests.OfType<FlavorManifest>().Select(manifest => manifest.Past), past => past.Flavor,
                "flavor").ToDictionary(past => past.Flavor),
            Runs = Unique(manifests.OfType<RunManifest>(), run => run.Key, "run"),
            Open = leases.Where(lease => lease.End is null).ToLookup(lease => lease.Lease.Run, lease => lease.Lease),
            Ended = [.. leases.Where(lease => lease.End is not null)],
            Reservations = Unique(
                    manifests.OfType<ReservationManifest>().Select(manifest => manifest.Reservation).Where(
                        reservation => reservation.State == ReservationState.Pending),
                    reservation => reservation.Run,
                    "reservation of run")
                .ToDictionary(reservation => reservation.Run),
        };
        if (new Kinship(documents.Budgets).FindCycle() is { } cycle)
            errors.Add($"the parents of the budgets form a cycle: {string.Join(" -> ", cycle)}");
        CheckRuns(documents);
        CheckLeases(documents);
        return errors.Count == 0
            ? documents
            : new Problem(ProblemCode.Invalid, "The documents of the state file contradict each other.",
                [.. errors.Take(ErrorsMax)]);
    }

    /// <summary>
    /// Files from before budgets had namespaces name a lease's payer by the budget's name alone, which was unique.
    /// </summary>
    private static IEnumerable<Budget> WithFormerKeys(IEnumerable<Budget> budgets)
    {
        foreach (var alike in budgets.GroupBy(budget => budget.Name))
        {
            var isUnique = alike.Count() == 1;
            foreach (var budget in alike)
                yield return isUnique && budget.IsNamespaced ? budget with { FormerKey = budget.Name } : budget;
        }
    }

    private void CheckRuns(StateDocuments documents)
    {
        var flavors = documents.Flavors();
        var runs = documents.Runs.ToDictionary(run => run.Key);
        foreach (var run in documents.Runs)
        {
            if (!flavors.Contains(run.Spec.Resources.GpuType))
                errors.Add(
                    $"run {run.Key} asks for {run.Spec.Resources.GpuType}, of which there is neither a node nor an " +
                    $"envelope");
            var isRunning = run.Status?.Phase == RunPhase.Running;
            if (isRunning != documents.Open.Contains(run.Key))
                errors.Add(isRunning ? $"run {run.Key} is Running and has no open lease"
                    : $"run {run.Key} has open leases and is {run.Status?.Phase.ToString() ?? "not submitted"}");
        }
        foreach (var run in documents.Open.Select(leases => leases.Key).Where(run => !runs.ContainsKey(run)))
            errors.Add($"there is a lease of run {run} and no such run");
        foreach (var run in documents.Reservations.Keys)
        {
            if (!runs.TryGetValue(run, out var found))
                errors.Add($"there is a reservation of run {run} and no such run");
            else if (found.Status?.Phase is not (RunPhase.Reserved or RunPhase.Pending))
                errors.Add(
                    $"there is a pending reservation of run {run}, which is " +
                    $"{found.Status?.Phase.ToString() ?? "not submitted"}");
        }
    }

    private void CheckLeases(StateDocuments documents)
    {
        var flavors = documents.Runs.ToDictionary(run => run.Key, run => run.Spec.Resources.GpuType);
        // A spare's slot may also carry a filler, so a slot may have one open lease of each role.
        var taken = new Dictionary<(string Node, LeaseRole Role), ulong>();
        foreach (var lease in documents.Open.SelectMany(leases => leases))
        {
            foreach (var slots in lease.Slots)
            {
                var name = Name(lease);
                if (!documents.Nodes.TryGetValue(slots.Node, out var node))
                    errors.Add($"{name} is on node {slots.Node}, which there is not");
                else if (node.Flavor != flavors.GetValueOrDefault(lease.Run, node.Flavor))
                    errors.Add(
                        $"{name} is on node {slots.Node} of flavor {node.Flavor}, and its run asks for " +
                        $"{flavors[lease.Run]}");
                else if (node.Gpus < Node.GpusMax && slots.Mask >> node.Gpus != 0)
                    errors.Add($"{name} is on {slots}, and the node has {Counted.Of(node.Gpus, "GPU")}");
                else if (node.State == NodeState.Fenced)
                    errors.Add($"{name} is on node {slots.Node}, which is fenced");
                var place = (slots.Node, lease.Role);
                if ((taken.GetValueOrDefault(place) & slots.Mask) != 0)
                    errors.Add($"{name} is on {slots}, where another open lease is");
                taken[place] = taken.GetValueOrDefault(place) | slots.Mask;
            }
        }
    }

    private IReadOnlyList<T> Unique<T, TKey>(IEnumerable<T> items, Func<T, TKey> key, string kind)
        where TKey : notnull
    {
        var known = new Dictionary<TKey, T>();
        foreach (var item in items)
        {
            if (!known.TryAdd(key(item), item))
                errors.Add($"{kind} {key(item)} is there twice");
        }
        return [.. known.Values];
    }

    // A hand-written lease may have no number yet.
    private static IEnumerable<LeaseManifest> Numbered(IReadOnlyList<LeaseManifest> leases)
    {
        var next = leases.Select(lease => lease.Lease.Id).DefaultIfEmpty().Max();
        foreach (var lease in leases)
            yield return lease.Lease.Id > 0 ? lease : lease with { Lease = lease.Lease with { Id = ++next },
                End = lease.End is null ? null : lease.End with { Lease = next } };
    }

    private static string Name(Lease lease) =>
        string.Create(CultureInfo.InvariantCulture, $"lease {lease.Id} of {lease.Run}");
}
