using Jobtree.Core.Model;

namespace Jobtree.Core.Funding;

/// <summary>
/// Changes since the last settlement: pools whose claims may have a different class, claims without a class yet, and
/// claims that ended.
/// </summary>
/// <param name="claims">The open claims.</param>
internal sealed class Settlement(OpenClaims claims)
{
    private readonly HashSet<ClaimPool> changed = [];
    private readonly HashSet<Claim> unsettled = [];
    private readonly List<FundingChange> ended = [];
    private readonly List<Claim> due = [];

    /// <summary>Whether nothing changed since the last settlement.</summary>
    public bool IsSettled => changed.Count == 0 && unsettled.Count == 0 && ended.Count == 0;

    /// <summary>Records that claims of a pool may have a different class. Null does nothing.</summary>
    public void Touch(ClaimPool? pool)
    {
        if (pool is not null)
            changed.Add(pool);
    }

    /// <summary>Records that a claim must be settled, even if its pool did not change.</summary>
    public void Enter(Claim claim) => unsettled.Add(claim);

    /// <summary>Records that a claim ended.</summary>
    public void End(Claim claim, DateTimeOffset at)
    {
        unsettled.Remove(claim);
        if (claim.Of.Payer is { } payer)
            ended.Add(new FundingChange(claim.Lease, claim.Run, payer, claim.Gpus, claim.Spare, null, at));
    }

    /// <summary>Records that a budget was charged for an envelope until now, and another one or none is from now on.
    /// </summary>
    public void EndAccount(EnvelopeKey envelope, string owner, DateTimeOffset at) => ended.Add(
        new FundingChange(0, FundingChange.NoRun, envelope, 0, false, null, at, new FormerBudget(owner)));

    /// <summary>Forgets the changed pools, because new ones replace them.</summary>
    public void ForgetPools() => changed.Clear();

    /// <summary>Transfers the state of a claim to its replacement.</summary>
    public void Replace(Claim old, Claim claim)
    {
        var hasLostOrRegainedItsPayer = (claim.Books.Length == 0) != (old.Books.Length == 0);
        if (unsettled.Remove(old) || hasLostOrRegainedItsPayer)
            unsettled.Add(claim);
    }

    /// <summary>Settles all claims: updates their classes and reports the changes.</summary>
    /// <param name="now">The instant of the change.</param>
    /// <param name="changes">Receives the changes of claims with a payer: ended claims first, then the others in lease
    /// order.</param>
    /// <returns>Whether some claim is funded no more. It may leave room, because it was wider than what displaced it.
    /// </returns>
    public bool Settle(DateTimeOffset now, ICollection<FundingChange> changes)
    {
        foreach (var change in ended)
            changes.Add(change);
        ended.Clear();
        if (changed.Count == 0 && unsettled.Count == 0)
            return false;
        FindDue();
        var hasDisplaced = false;
        foreach (var claim in due)
            hasDisplaced |= Settle(claim, now, changes);
        due.Clear();
        return hasDisplaced;
    }

    /// <summary>Ends a restore. Sorts the claims and keeps the settled classes of the snapshot.</summary>
    public void SettleRestored()
    {
        foreach (var pool in changed)
        {
            pool.Sort();
            pool.LeftSomeUnfunded = pool.LeavesSomeUnfunded();
        }
        changed.Clear();
        ended.Clear();
    }

    private void FindDue()
    {
        foreach (var pool in changed)
        {
            // A pool that funds all its claims, now and at the last settlement, has no changes to report.
            if (!pool.LeavesSomeUnfunded() && !pool.LeftSomeUnfunded)
                continue;
            pool.LeftSomeUnfunded = pool.LeavesSomeUnfunded();
            due.AddRange(pool.Claims.Where(claim => !unsettled.Contains(claim) && claim.Classify() != claim.Class));
        }
        changed.Clear();
        due.AddRange(unsettled);
        unsettled.Clear();
        if (due.Count > 1)
            due.Sort(static (left, right) => left.Lease.CompareTo(right.Lease));
    }

    private bool Settle(Claim claim, DateTimeOffset now, ICollection<FundingChange> changes)
    {
        var wasFunded = claim.Class != FundingClass.Unfunded;
        claims.Settle(claim, now);
        // A payer that is gone, or on which the owner may not claim any more, is none: nothing is charged to it.
        if (claim.Of.Payer is { } payer)
            changes.Add(new FundingChange(claim.Lease, claim.Run, payer, claim.Gpus, claim.Spare,
                claim.Books.Length == 0 ? null : claim.Class, now));
        return wasFunded && claim.Class == FundingClass.Unfunded;
    }
}

/// <summary>The class of a claim from an instant on.</summary>
/// <param name="Lease">The lease that makes the claim.</param>
/// <param name="Run">Its run.</param>
/// <param name="Payer">The envelope it claims on.</param>
/// <param name="Gpus">Its width.</param>
/// <param name="Spare">Whether it is a spare.</param>
/// <param name="Class">The class. Null if the claim ended, or is on the envelope no more.</param>
/// <param name="At">The instant from which it applies.</param>
/// <param name="Former">Given instead of a claim: the budget that was charged for the envelope until that instant.
/// </param>
public readonly record struct FundingChange(
    long Lease, RunKey Run, EnvelopeKey Payer, int Gpus, bool Spare, FundingClass? Class, DateTimeOffset At,
    FormerBudget? Former = null)
{
    /// <summary>Stands for the run in a message that is of no lease.</summary>
    public static RunKey NoRun { get; } = new("default", "none");
}

/// <summary>A budget that was deleted, or passed to another owner.</summary>
/// <param name="Owner">Its owner until then.</param>
public sealed record FormerBudget(string Owner);
