using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>
/// Reclaims unfunded work for a funded demand that does not fit. A seed shuffles the candidates. They are drawn until
/// the demand fits. Draws that turn out not to be needed are then spared, so without any one of the remaining cuts the
/// demand would not fit.
/// </summary>
/// <param name="state">The flavor.</param>
/// <param name="demand">The demand.</param>
/// <param name="cover">Who pays for it. Wholly funded.</param>
/// <param name="now">The instant.</param>
/// <param name="recalls">Whether it may also cut runs that its own claims would leave partly or wholly unfunded. That
/// is how an owner recalls what the family shares. A run that was cut may not recall: it may cut only wholly unfunded
/// runs. Each such cut adds funded work and ends none, so runs that were cut cannot keep cutting each other.</param>
internal sealed class Reclaim(FlavorState state, Demand demand, Cover cover, DateTimeOffset now, bool recalls)
{
    /// <summary>Who pays for the demand.</summary>
    public Cover Cover => cover;

    /// <summary>
    /// The cuts, the evidence and the leases that then fit. Null if the demand would not fit even with all unfunded
    /// work cut.
    /// </summary>
    /// <param name="overlay">Slices that the demand must not use.</param>
    public ReclaimPlan? Plan(SlotOverlay overlay)
    {
        var unfunded = recalls ? state.Funding.UnfundedGiven(demand, cover, now) : state.Funding.WhollyUnfunded();
        if (unfunded.Count == 0)
            return null;
        var where = state.Fleet.Eligible(demand.Selector);
        var candidates = unfunded.Where(run => IsInScope(run, where)).Order().ToArray();
        Change(candidates, overlay, free: true);
        var fits = Gang.TryPlace(state.Fleet, demand, cover, overlay) is not null;
        Change(candidates, overlay, free: false);
        if (!fits)
            return null;

        var seed = HashChain.Seed(demand.Run, now, state.Head);
        var order = Shuffle(candidates, seed);
        var draws = order.AsSpan(0, Shortest(order, overlay)).ToArray();
        var cuts = Spare(draws, overlay, out var leases);
        return new ReclaimPlan(
            [.. cuts.Select(run => new Closing(run, LeaseEndReason.ReclaimUnfunded, Requeue: true, seed))],
            new Lottery(demand.Run, seed, candidates, draws),
            leases);
    }

    /// <summary>The candidates in the order drawn by a seed, uniformly and without replacement.</summary>
    /// <param name="candidates">The candidates, in key order.</param>
    /// <param name="seed">The seed in hexadecimal.</param>
    internal static RunKey[] Shuffle(IReadOnlyList<RunKey> candidates, string seed)
    {
        var draw = new Draw(seed);
        var order = candidates.ToArray();
        for (var i = 0; i < order.Length - 1; i++)
        {
            var pick = i + draw.Below(order.Length - i);
            (order[i], order[pick]) = (order[pick], order[i]);
        }
        return order;
    }

    /// <summary>
    /// The least number of draws, from the front, whose cut makes the demand fit. Uses binary search, because cutting
    /// more never makes the fit worse.
    /// </summary>
    private int Shortest(RunKey[] order, SlotOverlay overlay)
    {
        int enough = order.Length, tooFew = 0;
        while (enough - tooFew > 1)
        {
            var middle = (enough + tooFew) / 2;
            var prefix = order.AsSpan(0, middle).ToArray();
            Change(prefix, overlay, free: true);
            var fits = Gang.TryPlace(state.Fleet, demand, cover, overlay) is not null;
            Change(prefix, overlay, free: false);
            (enough, tooFew) = fits ? (middle, tooFew) : (enough, middle);
        }
        return enough;
    }

    private List<RunKey> Spare(RunKey[] draws, SlotOverlay overlay, out IReadOnlyList<OpeningLease> leases)
    {
        Change(draws, overlay, free: true);
        leases = Gang.TryPlace(state.Fleet, demand, cover, overlay)!;
        var cuts = new List<RunKey>(draws);
        foreach (var run in draws)
        {
            Change([run], overlay, free: false);
            if (Gang.TryPlace(state.Fleet, demand, cover, overlay) is { } without)
            {
                leases = without;
                cuts.Remove(run);
            }
            else
            {
                Change([run], overlay, free: true);
            }
        }
        Change([.. cuts], overlay, free: false);
        return cuts;
    }

    private bool IsInScope(RunKey run, Eligibility where) =>
        run != demand.Run
        && state.Running[run].Leases.SelectMany(lease => lease.Slots).Any(slots => IsUsable(slots.Node, where));

    private bool IsUsable(string name, Eligibility where) =>
        state.Fleet.Placed(name) is { Spec.State: NodeState.Ready } node && where.Matches(node);

    private void Change(RunKey[] runs, SlotOverlay overlay, bool free)
    {
        foreach (var run in runs)
        {
            foreach (var lease in state.Running[run].OpenLeases)
            {
                foreach (var slots in lease.Slots)
                {
                    if (free)
                        overlay.Free(slots);
                    else
                        overlay.Unfree(slots);
                }
            }
        }
    }
}

/// <summary>What is cut for a funded demand, and what then starts.</summary>
/// <param name="Cuts">The runs that end. Each cut is needed.</param>
/// <param name="Lottery">The evidence.</param>
/// <param name="Leases">The leases that then fit.</param>
internal sealed record ReclaimPlan(IReadOnlyList<Closing> Cuts, Lottery Lottery, IReadOnlyList<OpeningLease> Leases);
