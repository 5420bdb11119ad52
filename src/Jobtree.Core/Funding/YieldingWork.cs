using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Funding;

/// <summary>
/// Finds the runs that would yield to a demand: those that are unfunded now, or would be once the demand is funded.
/// </summary>
/// <remarks>Reads the settled classes, so claims must be settled first.</remarks>
/// <param name="payers">The budgets.</param>
/// <param name="claims">The open claims.</param>
internal sealed class YieldingWork(PayerTable payers, OpenClaims claims)
{
    /// <summary>The runs that are wholly unfunded.</summary>
    public IReadOnlySet<RunKey> WhollyUnfunded()
    {
        var runs = new HashSet<RunKey>();
        foreach (var claim in claims.Unfunded)
        {
            if (claim.Meter.UnfundedGpus == claim.Meter.Gpus)
                runs.Add(claim.Run);
        }
        return runs;
    }

    /// <summary>
    /// Upper bound of the GPUs that could be reclaimed if a cover held its claims. Counts the runs that yield now and
    /// those that the claims could displace. Stops once there is enough.
    /// </summary>
    public int UpperBound(Cover cover, int enough)
    {
        var gpus = claims.YieldingGpus;
        for (var i = 0; gpus < enough && i < cover.Chunks.Count; i++)
        {
            if (cover.Chunks[i].Payer is not { } key)
                continue;
            foreach (var book in payers.Find(key)!.Books)
            {
                if (book.Displaces(cover.Chunks[i].Gpus))
                    gpus += Displaceable(book, enough - gpus);
            }
        }
        return gpus;
    }

    /// <summary>The runs that would have an unfunded claim if a demand held its claims.</summary>
    /// <param name="demand">The demand.</param>
    /// <param name="cover">Who would pay for it.</param>
    /// <param name="now">When it would be admitted.</param>
    public IReadOnlySet<RunKey> UnfundedGiven(Demand demand, Cover cover, DateTimeOffset now)
    {
        var tentative = TentativeClaims(demand, cover, now);
        foreach (var claim in tentative)
            claim.Join();
        var runs = FindUnfunded(tentative.SelectMany(claim => claim.Books).Distinct());
        foreach (var claim in tentative)
            claim.Withdraw();
        return runs;
    }

    /// <summary>
    /// The runs with an unfunded claim. Only claims that share a book with the tentative ones can differ from their
    /// settled class.
    /// </summary>
    private HashSet<RunKey> FindUnfunded(IEnumerable<ClaimBook> changed)
    {
        var runs = new HashSet<RunKey>();
        foreach (var claim in claims.Unfunded)
        {
            if (claim.Classify() == FundingClass.Unfunded)
                runs.Add(claim.Run);
        }
        foreach (var book in changed.Where(book => book.LeavesSomeUnfunded()))
        {
            foreach (var claim in book.Claims)
            {
                if (!book.Funds(claim))
                    runs.Add(claim.Run);
            }
        }
        return runs;
    }

    private List<Claim> TentativeClaims(Demand demand, Cover cover, DateTimeOffset now)
    {
        var tentative = new List<Claim>();
        foreach (var chunk in cover.Chunks)
        {
            if (chunk.Payer is not { } key || payers.Find(key) is not { } payer)
                continue;
            if (payers.RelationTo(payer, demand.Owner) is not { } relation)
                continue;
            // The number is above that of every lease, so among equals the claim ranks where a new lease would.
            var lease = new Lease { Id = long.MaxValue - cover.Chunks.Count + tentative.Count, Run = demand.Run,
                Chunk = tentative.Count, Slots = [], Start = now };
            tentative.Add(new Claim(lease, demand.Owner, chunk.Gpus, relation, demand.AdmittedAt ?? now,
                new RunMeter()) { Books = payer.Books });
        }
        return tentative;
    }

    /// <summary>GPUs of the runs whose claims on a book rank after the owner's own.</summary>
    private static int Displaceable(ClaimBook book, int enough)
    {
        var gpus = 0;
        for (var i = book.Claims.Count - 1; i >= 0 && gpus < enough; i--)
        {
            if (book.Claims[i].Relation == Relation.Owner)
                break;
            gpus += book.Claims[i].Meter.Gpus;
        }
        return gpus;
    }
}
