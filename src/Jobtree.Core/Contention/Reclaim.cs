using Jobtree.Core.Funding;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Placement;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Contention;

/// <summary>
/// Makes unfunded work yield to a funded demand that does not fit: the candidates are shuffled by a seed, drawn until
/// the demand fits, and those of the draws that turn out not to be needed are spared, so that leaving out any one of
/// the cuts would leave the demand without its fit.
/// </summary>
/// <param name="state">The flavor.</param>
/// <param name="demand">The demand.</param>
/// <param name="cover">Who pays for it, wholly funded.</param>
/// <param name="now">The instant.</param>
/// <param name="recalls">
/// Whether it may also take from runs that its own claims would leave unfunded, in whole or in part: so an owner
/// recalls what the family shares. A run that was cut may not: it takes only what nobody funds any part of. Each of its
/// cuts then adds funded work and ends none, so those who were cut cannot cut each other in turn for ever.
/// </param>
internal sealed class Reclaim(FlavorState state, Demand demand, Cover cover, DateTimeOffset now, bool recalls)
{
    /// <summary>Who pays for the demand.</summary>
    public Cover Cover => cover;

    /// <summary>
    /// The cuts, the evidence and the leases that then fit; null when even cutting all unfunded work is not enough.
    /// </summary>
    /// <param name="overlay">Slices to keep away from.</param>
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

    /// <summary>The candidates in the order that a seed draws them: uniformly, without putting back.</summary>
    /// <param name="candidates">The candidates in key order.</param>
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
    /// How many of the first must be cut for the demand to fit, found by halving: cutting more never makes it fit
    /// worse.
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

/// <summary>What a funded demand takes from unfunded work.</summary>
/// <param name="Cuts">The runs that end, each needed.</param>
/// <param name="Lottery">The evidence.</param>
/// <param name="Leases">What then fits.</param>
internal sealed record ReclaimPlan(IReadOnlyList<Closing> Cuts, Lottery Lottery, IReadOnlyList<OpeningLease> Leases);
