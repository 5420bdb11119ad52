using System.Globalization;
using System.Numerics;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Ledger;

/// <summary>
/// Checks a flavor's state against the invariants of the design. It recomputes everything from the leases, so it also
/// finds errors in the state's derived counts.
/// </summary>
public static class StateAudit
{
    /// <summary>All violations found, ordered by invariant.</summary>
    /// <param name="state">The state.</param>
    public static IReadOnlyList<AuditViolation> Check(FlavorState state)
    {
        var violations = new List<AuditViolation>();
        CheckSlots(state, violations);
        CheckFunding(state, violations);
        CheckRuns(state, violations);
        CheckReservations(state, violations);
        return violations;
    }

    private static void CheckSlots(FlavorState state, List<AuditViolation> violations)
    {
        var active = new Dictionary<string, ulong>();
        var spare = new Dictionary<string, ulong>();
        foreach (var lease in state.Running.Values.SelectMany(run => run.Leases))
        {
            var taken = lease.Role == LeaseRole.Active ? active : spare;
            foreach (var slots in lease.Slots)
            {
                var before = taken.GetValueOrDefault(slots.Node);
                if ((before & slots.Mask) != 0)
                    violations.Add(Violation(1, state, $"slots {new NodeSlots(slots.Node, before & slots.Mask)} "
                        + $"are leased twice, once by lease {lease.Id} of {lease.Run}"));
                taken[slots.Node] = before | slots.Mask;
                if (state.Fleet.Find(slots.Node) is not { } node)
                    violations.Add(Violation(
                        2, state, $"lease {lease.Id} of {lease.Run} is on {slots.Node}, which does not exist"));
                else if (node.State == NodeState.Fenced || BitOperations.Log2(slots.Mask) >= node.Gpus)
                    violations.Add(Violation(
                        2, state, $"lease {lease.Id} of {lease.Run} is on {slots}, which is fenced or has fewer GPUs"));
            }
        }
        foreach (var node in state.Fleet.Nodes)
        {
            var leased = (active.GetValueOrDefault(node.Name), spare.GetValueOrDefault(node.Name));
            if (leased != state.Fleet.SlotsByRole(node.Name))
                violations.Add(Violation(9, state,
                    $"node {node.Name} counts slots as used that its leases do not hold, or the other way round"));
        }
    }

    private static void CheckFunding(FlavorState state, List<AuditViolation> violations)
    {
        var funded = new Dictionary<EnvelopeKey, int>();
        var lent = new Dictionary<EnvelopeKey, int>();
        foreach (var lease in state.Running.Values.SelectMany(run => run.Leases))
        {
            var fundingClass = state.Funding.ClassOf(lease.Id);
            if (fundingClass == FundingClass.Unfunded || lease.Payer is not { } payer)
                continue;
            funded[payer] = funded.GetValueOrDefault(payer) + lease.Gpus();
            if (fundingClass == FundingClass.Borrowed)
                lent[payer] = lent.GetValueOrDefault(payer) + lease.Gpus();
        }
        foreach (var (payer, gpus) in funded)
        {
            var terms = state.Funding.TermsOf(payer);
            var bound = terms is not null && terms.IsOpen(state.At) ? terms.Concurrency : 0;
            if (gpus > bound)
                violations.Add(Violation(3, state, $"{payer} funds {gpus} GPUs, more than the {bound} it may"));
            if (lent.GetValueOrDefault(payer) > (terms?.Lending?.MaxConcurrency ?? bound))
                violations.Add(Violation(3, state, $"{payer} lends {lent[payer]} GPUs, more than it may"));
        }
        foreach (var (budget, cap) in state.Funding.Budgets.SelectMany(
            budget => budget.AggregateCaps.Where(cap => cap.Flavor == state.Flavor).Select(cap => (budget, cap))))
        {
            var under = cap.Envelopes.Sum(envelope => funded.GetValueOrDefault(new EnvelopeKey(budget.Key, envelope)));
            if (under > cap.MaxConcurrency)
                violations.Add(Violation(3, state,
                    $"{budget.Key}/{cap.Name} covers {under} funded GPUs, more than its {cap.MaxConcurrency}"));
        }
    }

    private static void CheckRuns(FlavorState state, List<AuditViolation> violations)
    {
        foreach (var (key, run) in state.Running)
        {
            if (run.Leases.Any(lease => lease.Start > state.At || lease.Run != key))
                violations.Add(Violation(4, state, $"a lease of {key} starts in the future or names another run"));
            var least = run.Demand.GpusMin > 0 ? run.Demand.GpusMin : run.Demand.Gpus;
            if (run.Gpus() < least)
                violations.Add(Violation(5, state, $"{key} runs with {run.Gpus()} GPUs, fewer than its {least}"));
            if (run.Demand.GroupGpus > 0)
                CheckGroups(state, key, run, violations);
            if (state.Queue.Find(key) is not null)
                violations.Add(Violation(6, state, $"{key} runs and waits at once"));
        }
    }

    private static void CheckGroups(FlavorState state, RunKey key, RunningRun run, List<AuditViolation> violations)
    {
        var domainsByGroup = run.Leases.GroupBy(lease => lease.Group)
            .Select(group => (Group: group.Key, Domains: group.SelectMany(lease => lease.Slots)
                .Select(slots => state.Fleet.Find(slots.Node)?.Domain()).Distinct().ToArray())).ToArray();
        foreach (var (group, domains) in domainsByGroup.Where(group => group.Domains.Length > 1))
            violations.Add(Violation(5, state, string.Create(
                CultureInfo.InvariantCulture, $"group {group} of {key} spans domains {string.Join(", ", domains)}")));
        if (run.Demand.OneDomain && domainsByGroup.SelectMany(group => group.Domains).Distinct().Count() > 1)
            violations.Add(Violation(5, state, $"the groups of {key} are in several domains"));
    }

    private static void CheckReservations(FlavorState state, List<AuditViolation> violations)
    {
        foreach (var waiting in state.Queue.WithReservation)
        {
            if (waiting.Reservation is not { State: ReservationState.Pending } reservation
                || reservation.Run != waiting.Demand.Run || state.Running.ContainsKey(waiting.Demand.Run))
                violations.Add(
                    Violation(7, state, $"the reservation of {waiting.Demand.Run} is not that of a run that waits"));
        }
    }

    private static AuditViolation Violation(int invariant, FlavorState state, string what) =>
        new(invariant, string.Create(CultureInfo.InvariantCulture, $"{state.Flavor}, entry {state.Sequence}"), what);
}
