using Jobtree.Core.Model;

namespace Jobtree.Core.Funding;

/// <summary>
/// What changed since claims were last settled: the books whose claims may have another class, the claims that have
/// none yet, and those that are gone.
/// </summary>
/// <param name="claims">The open claims.</param>
internal sealed class Settlement(OpenClaims claims)
{
    private readonly HashSet<ClaimBook> changed = [];
    private readonly HashSet<Claim> unsettled = [];
    private readonly List<FundingChange> ended = [];
    private readonly List<Claim> due = [];

    /// <summary>Whether nothing changed since claims were last settled.</summary>
    public bool IsSettled => changed.Count == 0 && unsettled.Count == 0 && ended.Count == 0;

    /// <summary>Notes that claims on some books may have another class.</summary>
    public void Touch(ClaimBook[] books)
    {
        foreach (var book in books)
            changed.Add(book);
    }

    /// <summary>Notes that a claim must be settled, whatever became of its books.</summary>
    public void Enter(Claim claim) => unsettled.Add(claim);

    /// <summary>Notes that a claim is gone.</summary>
    public void End(Claim claim, DateTimeOffset at)
    {
        unsettled.Remove(claim);
        if (claim.Of.Payer is { } payer)
            ended.Add(new FundingChange(claim.Lease, claim.Run, payer, claim.Gpus, claim.Spare, null, at));
    }

    /// <summary>Forgets all books: they are replaced by new ones.</summary>
    public void ForgetBooks() => changed.Clear();

    /// <summary>Takes over what is known of a claim for the one in its place.</summary>
    public void Replace(Claim old, Claim claim)
    {
        var hasLostItsPayer = claim.Books.Length == 0 && claim.Class != FundingClass.Unfunded;
        if (unsettled.Remove(old) || hasLostItsPayer)
            unsettled.Add(claim);
    }

    /// <summary>Settles: gives every claim its present class, and reports what changed.</summary>
    /// <param name="now">The instant of the change.</param>
    /// <param name="changes">Receives the changes of claims with a payer: those that are gone, then the others in the
    /// order of leases.</param>
    public void Settle(DateTimeOffset now, ICollection<FundingChange> changes)
    {
        foreach (var change in ended)
            changes.Add(change);
        ended.Clear();
        if (changed.Count == 0 && unsettled.Count == 0)
            return;
        FindDue();
        for (var i = 0; i < due.Count; i++)
        {
            var isRepeated = i > 0 && due[i] == due[i - 1]; // Under several books it is found in each.
            if (!isRepeated)
                Settle(due[i], now, changes);
        }
        due.Clear();
    }

    /// <summary>
    /// Ends a restore: sorts the books; the classes are those that the snapshot says were last settled.
    /// </summary>
    public void SettleRestored()
    {
        foreach (var book in changed)
            book.Sort();
        foreach (var book in changed)
            book.LeftSomeUnfunded = book.LeavesSomeUnfunded();
        changed.Clear();
    }

    private void FindDue()
    {
        foreach (var book in changed)
        {
            // A book that funds all its claims, and did so before, has nothing to tell.
            if (!book.LeavesSomeUnfunded() && !book.LeftSomeUnfunded)
                continue;
            book.LeftSomeUnfunded = book.LeavesSomeUnfunded();
            due.AddRange(book.Claims.Where(claim => !unsettled.Contains(claim) && claim.Classify() != claim.Class));
        }
        changed.Clear();
        due.AddRange(unsettled);
        unsettled.Clear();
        if (due.Count > 1)
            due.Sort(static (left, right) => left.Lease.CompareTo(right.Lease));
    }

    private void Settle(Claim claim, DateTimeOffset now, ICollection<FundingChange> changes)
    {
        claims.Settle(claim, now);
        if (claim.Of.Payer is { } payer)
            changes.Add(new FundingChange(claim.Lease, claim.Run, payer, claim.Gpus, claim.Spare, claim.Class, now));
    }
}

/// <summary>A claim's class from an instant on.</summary>
/// <param name="Lease">The lease that claims.</param>
/// <param name="Run">Its run.</param>
/// <param name="Payer">The envelope it claims on.</param>
/// <param name="Gpus">Its width.</param>
/// <param name="Spare">Whether it is a spare.</param>
/// <param name="Class">The class; null: the claim is gone.</param>
/// <param name="At">From when.</param>
public readonly record struct FundingChange(
    long Lease, RunKey Run, EnvelopeKey Payer, int Gpus, bool Spare, FundingClass? Class, DateTimeOffset At);
