using Jobtree.Core.Model;

namespace Jobtree.Core.Funding;

/// <summary>
/// The claims of the open leases of one flavor, each with its class at the last settlement, and their sums.
/// </summary>
/// <remarks>
/// A run is cut whole, so there are also sums over runs. A run yields if some of its claims are unfunded. It is wholly
/// unfunded if all are.
/// </remarks>
internal sealed class OpenClaims
{
    private readonly Dictionary<long, Claim> claims = [];
    private readonly HashSet<Claim> unfunded = [];
    private readonly HashSet<Claim> payerless = [];

    /// <summary>All claims, in no particular order.</summary>
    public IReadOnlyCollection<Claim> All => claims.Values;

    /// <summary>The claims that were unfunded at the last settlement, in no particular order.</summary>
    public HashSet<Claim> Unfunded => unfunded;

    /// <summary>The claims of leases without a payer, in no particular order.</summary>
    public IReadOnlyCollection<Claim> Payerless => payerless;

    /// <summary>GPUs of the unfunded claims.</summary>
    public int UnfundedGpus { get; private set; }

    /// <summary>GPUs of the runs that are partly or wholly unfunded.</summary>
    public int YieldingGpus { get; private set; }

    /// <summary>GPUs of the runs that are wholly unfunded.</summary>
    public int WhollyUnfundedGpus { get; private set; }

    /// <summary>GPUs by class.</summary>
    public ClassSplit InUse { get; private set; }

    /// <summary>The claim of a lease. Null if the lease is not open.</summary>
    public Claim? Find(long lease) => claims.GetValueOrDefault(lease);

    /// <summary>Adds a claim with its class.</summary>
    public void Add(Claim claim)
    {
        claims.Add(claim.Lease, claim);
        var unfundedGpus = claim.Class == FundingClass.Unfunded ? claim.Gpus : 0;
        if (unfundedGpus > 0)
            unfunded.Add(claim);
        if (claim.Of.Payer is null)
            payerless.Add(claim);
        InUse = InUse.Plus(claim.Class, claim.Gpus);
        Count(claim.Meter, claim.Gpus, unfundedGpus);
    }

    /// <summary>Removes the claim of a lease that ended. Null if the lease is not open.</summary>
    public Claim? Remove(long lease, DateTimeOffset endedAt)
    {
        if (!claims.Remove(lease, out var claim))
            return null;
        claim.MeterUntil(endedAt);
        payerless.Remove(claim);
        InUse = InUse.Plus(claim.Class, -claim.Gpus);
        Count(claim.Meter, -claim.Gpus, unfunded.Remove(claim) ? -claim.Gpus : 0);
        return claim;
    }

    /// <summary>Replaces a claim by another of the same lease number, width and class.</summary>
    public void Replace(Claim old, Claim claim)
    {
        claims[old.Lease] = claim;
        payerless.Remove(old);
        if (claim.Of.Payer is null)
            payerless.Add(claim);
        if (unfunded.Remove(old))
            unfunded.Add(claim);
    }

    /// <summary>Meters a claim up to now and updates its class.</summary>
    public void Settle(Claim claim, DateTimeOffset now)
    {
        claim.MeterUntil(now);
        var before = claim.Class;
        claim.Class = claim.Classify();
        InUse = InUse.Plus(before, -claim.Gpus).Plus(claim.Class, claim.Gpus);
        if (claim.Class == FundingClass.Unfunded)
            Count(claim.Meter, 0, unfunded.Add(claim) ? claim.Gpus : 0);
        else
            Count(claim.Meter, 0, unfunded.Remove(claim) ? -claim.Gpus : 0);
    }

    private void Count(RunMeter meter, int gpus, int unfundedGpus)
    {
        UnfundedGpus += unfundedGpus;
        YieldingGpus -= meter.UnfundedGpus > 0 ? meter.Gpus : 0;
        WhollyUnfundedGpus -= meter.UnfundedGpus == meter.Gpus ? meter.Gpus : 0;
        meter.Gpus += gpus;
        meter.UnfundedGpus += unfundedGpus;
        if (meter.Use is { } use)
            (use.Gpus, use.UnfundedGpus) = (use.Gpus + gpus, use.UnfundedGpus + unfundedGpus);
        YieldingGpus += meter.UnfundedGpus > 0 ? meter.Gpus : 0;
        WhollyUnfundedGpus += meter.UnfundedGpus == meter.Gpus ? meter.Gpus : 0;
        Invariant.Holds(meter.UnfundedGpus >= 0 && meter.UnfundedGpus <= meter.Gpus,
            $"{meter.UnfundedGpus} of a run's {meter.Gpus} GPUs count as unfunded.");
        Invariant.Holds(WhollyUnfundedGpus <= UnfundedGpus && UnfundedGpus <= YieldingGpus,
            $"{UnfundedGpus} GPUs are unfunded, of runs with {YieldingGpus}, {WhollyUnfundedGpus} of them wholly so.");
    }
}
