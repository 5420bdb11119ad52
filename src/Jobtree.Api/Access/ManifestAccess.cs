using Jobtree.Actors.Operations;
using Jobtree.Core.Funding;
using Jobtree.Manifests;
using Jobtree.Core.Model;

namespace Jobtree.Api.Access;

/// <summary>
/// Decides whether a caller may apply manifests. A caller for all owners needs only the role. Any other caller is
/// limited to its own owners.
/// </summary>
internal sealed class ManifestAccess(IOperations operations, TimeProvider time)
{
    /// <summary>
    /// The manifests to apply. A run without an owner gets the default owner of its namespace here, so that a change of
    /// the mapping before the admission cannot move the run to an owner for which the caller may not act.
    /// </summary>
    public async Task<Result<IReadOnlyList<Manifest>>> Permit(
        Caller caller, IReadOnlyList<Manifest> manifests, CancellationToken cancellation)
    {
        if (caller.Role < Role.Operator
            && manifests.FirstOrDefault(manifest => manifest is not RunManifest) is { } foreign)
            return Refused($"{Describe(foreign)}: applying it needs the role operator.");
        if (caller.IsForAll)
            return Results.Of(manifests);
        if (manifests.OfType<NodeManifest>().FirstOrDefault() is { } node)
            return Refused(
                $"{Describe(node)}: nodes belong to the whole fleet; changing them needs a token for the owner " +
                $"'{OwnerPaths.Everyone}'.");
        if (!(await operations.ListBudgets(cancellation)).Succeeded(out var budgets, out var unavailable))
            return unavailable;

        var before = budgets.Select(view => view.Budget).ToArray();
        var map = new BudgetMap(before);
        var permitted = new List<Manifest>(manifests.Count);
        foreach (var manifest in manifests)
        {
            var (kept, refusal) = manifest switch
            {
                BudgetManifest budget => (budget, map.Refusal(caller, budget.Budget)),
                RunManifest run => Permit(caller, run, map),
                _ => (manifest, null),
            };
            if (refusal is not null)
                return refusal;
            if (kept is BudgetManifest { Budget: var applied })
                map.Put(applied);
            permitted.Add(kept);
        }

        // The directory looks again when it writes them, since others may write at the same time.
        return permitted.OfType<BudgetManifest>().Any()
            && Ceilings.FindExcess(before, map.Budgets, time.GetUtcNow()) is { } excess
            ? Refused(excess) : Results.Of<IReadOnlyList<Manifest>>(permitted);
    }

    /// <summary>Whether a caller may see a run. To a caller who may not, the run does not exist.</summary>
    public async Task<Problem?> Visible(Caller caller, RunKey run, CancellationToken cancellation)
    {
        if (caller.IsForAll)
            return null;
        var found = await operations.GetRun(run, cancellation);
        if (found.Succeeded(out var manifest, out var problem))
            return caller.Covers(manifest.Spec.Owner) ? null : Problem.NoRun(run);
        return problem.Code == ProblemCode.NotFound ? Problem.NoRun(run) : problem;
    }

    /// <summary>
    /// The run itself checks whether the name is free or belongs to the caller: it refuses a submission for another
    /// owner.
    /// </summary>
    private static (Manifest Run, Problem? Refusal) Permit(Caller caller, RunManifest run, BudgetMap map)
    {
        var owner = run.Spec.Owner ?? map.OwnerOf(run.Key.Namespace);
        if (!caller.Covers(owner))
        {
            var advice = run.Spec.Owner is null ? ", the default in its namespace; set spec.owner to another" : "";
            return (run,
                Refused($"{Describe(run)}: the token '{caller.Name}' does not act for the owner '{owner}'{advice}."));
        }
        if (map.ForeignOwnerOf(run.Key.Namespace, caller, owner) is { } foreign)
            return (run, Refused($"{Describe(run)}: the namespace '{run.Key.Namespace}' belongs to '{foreign}', which "
                + $"the token '{caller.Name}' does not act for."));
        return (run with { Spec = run.Spec with { Owner = owner } }, null);
    }

    private static Problem Refused(string detail) => new(ProblemCode.Forbidden, detail + " Nothing was applied.");

    private static string Describe(Manifest manifest) => manifest switch
    {
        RunManifest run => $"Run {run.Key}",
        NodeManifest node => $"Node {node.Node.Name}",
        BudgetManifest budget => $"Budget {budget.Budget.Key}",
        FlavorManifest flavor => $"Flavor {flavor.Past.Flavor}",
        LeaseManifest lease => $"Lease {lease.Lease.Id}",
        ReservationManifest reservation => $"Reservation of {reservation.Reservation.Run}",
        _ => "The document",
    };
}
