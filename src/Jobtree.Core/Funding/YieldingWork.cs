using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Funding;

/// <summary>
/// Finds the runs that would yield to a demand: those that are unfunded now, or would be once the demand is funded.
/// </summary>
/// <remarks>
/// Reads the settled classes, so claims must be settled first.
/// <para>
/// A claim that does not fit whole is passed over, so an envelope may fund one that ranks behind it. That never turns
/// the order round: work whose owner is nearer to the owner of an envelope than the demand's owner does not yield to a
/// demand that the envelope pays for, in whole or in part.
/// </para>
/// </remarks>
/// <param name="payers">The budgets.</param>
/// <param name="claims">The open claims.</param>
internal sealed class YieldingWork(PayerTable payers, OpenClaims claims)
{
    /// <summary>The runs that are wholly unfunded.</summary>
    public IReadOnlySet<RunKey> WhollyUnfunded() => WhollyUnfunded([]);

    /// <summary>The runs that are wholly unfunded and yield to a demand.</summary>
    public IReadOnlySet<RunKey> WhollyUnfunded(Demand demand, Cover cover) => WhollyUnfunded(Asked(demand, cover));

    /// <summary>Tells of an owner whether its work yields to a demand, funded or not.</summary>
    public Func<string, bool> OwnersYieldingTo(Demand demand, Cover cover)
    {
        var asked = Asked(demand, cover);
        return asked.Count == 0 ? static _ => true : owner => Yields(owner, asked);
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
            var books = payers.Find(key)!.Books;
            var displaces = false;
            foreach (var book in books)
                displaces |= book.Displaces(cover.Chunks[i].Gpus);
            if (displaces)
                gpus += Displaceable(books[0].Pool, enough - gpus);
        }
        return gpus;
    }

    /// <summary>
    /// Upper bound of the GPUs of certain runs that yield now or that a cover's claims could displace. Stops once there
    /// is enough.
    /// </summary>
    public int UpperBound(Cover cover, Func<RunningRun, bool> counts, int enough)
    {
        var gpus = 0;
        foreach (var claim in claims.Unfunded)
        {
            if (gpus >= enough)
                return gpus;
            gpus += GpusOf(claim, counts);
        }
        foreach (var chunk in cover.Chunks)
        {
            if (chunk.Payer is not { } key)
                continue;
            var displaced = payers.Find(key)!.Books[0].Pool.Claims;
            for (var i = displaced.Count - 1; i >= 0 && displaced[i].Relation != Relation.Owner && gpus < enough; i--)
                gpus += GpusOf(displaced[i], counts);
        }
        return gpus;
    }

    /// <summary>The runs that would have an unfunded claim if a demand held its claims, and that yield to it.</summary>
    /// <param name="demand">The demand.</param>
    /// <param name="cover">Who would pay for it.</param>
    /// <param name="now">When it would be admitted.</param>
    public IReadOnlySet<RunKey> UnfundedGiven(Demand demand, Cover cover, DateTimeOffset now)
    {
        var tentative = TentativeClaims(demand, cover, now);
        foreach (var claim in tentative)
            claim.Join();
        var runs = FindUnfunded(tentative.Select(claim => claim.Pool!).Distinct(), Asked(demand, cover));
        foreach (var claim in tentative)
            claim.Withdraw();
        return runs;
    }

    private HashSet<RunKey> WhollyUnfunded(IReadOnlyList<(Payer Payer, Relation Relation)> asked)
    {
        var runs = new HashSet<RunKey>();
        foreach (var claim in claims.Unfunded)
        {
            if (claim.Meter.UnfundedGpus == claim.Meter.Gpus && Yields(claim.Owner, asked))
                runs.Add(claim.Run);
        }
        return runs;
    }

    /// <summary>
    /// The runs with an unfunded claim. Only claims that share a pool with the tentative ones can differ from their
    /// settled class.
    /// </summary>
    private HashSet<RunKey> FindUnfunded(
        IEnumerable<ClaimPool> changed, IReadOnlyList<(Payer Payer, Relation Relation)> asked)
    {
        var runs = new HashSet<RunKey>();
        foreach (var claim in claims.Unfunded)
        {
            if (claim.Classify() == FundingClass.Unfunded && Yields(claim.Owner, asked))
                runs.Add(claim.Run);
        }
        foreach (var pool in changed.Where(pool => pool.LeavesSomeUnfunded()))
        {
            foreach (var claim in pool.Claims)
            {
                if (!pool.Funds(claim) && Yields(claim.Owner, asked))
                    runs.Add(claim.Run);
            }
        }
        return runs;
    }

    /// <summary>
    /// The envelopes by which a demand asks others to yield, with its relation to their owners, except its own: nobody
    /// is nearer to those.
    /// </summary>
    private List<(Payer Payer, Relation Relation)> Asked(Demand demand, Cover cover)
    {
        var asked = new List<(Payer Payer, Relation)>();
        foreach (var chunk in cover.Chunks)
        {
            var isOthers = chunk.Class is FundingClass.Shared or FundingClass.Borrowed;
            if (isOthers && payers.Find(chunk.Payer!.Value) is { } payer
                && !asked.Exists(known => known.Payer == payer)
                && payers.RelationTo(payer, demand.Owner) is { } relation)
                asked.Add((payer, relation));
        }
        return asked;
    }

    private bool Yields(string owner, IReadOnlyList<(Payer Payer, Relation Relation)> asked)
    {
        for (var i = 0; i < asked.Count; i++)
        {
            if (payers.RelationTo(asked[i].Payer, owner) is { } relation && relation < asked[i].Relation)
                return false;
        }
        return true;
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

    /// <summary>GPUs of the runs whose claims in a pool rank after the owner's own.</summary>
    private static int Displaceable(ClaimPool pool, int enough)
    {
        var gpus = 0;
        for (var i = pool.Claims.Count - 1; i >= 0 && gpus < enough; i--)
        {
            if (pool.Claims[i].Relation == Relation.Owner)
                break;
            gpus += pool.Claims[i].Meter.Gpus;
        }
        return gpus;
    }

    private static int GpusOf(Claim claim, Func<RunningRun, bool> counts) =>
        claim.Meter.Run is { } run && counts(run) ? claim.Meter.Gpus : 0;
}
