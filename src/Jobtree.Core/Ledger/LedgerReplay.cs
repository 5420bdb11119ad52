using Jobtree.Core.Contention;
using Jobtree.Core.Json;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Ledger;

/// <summary>
/// Reads a flavor's ledger from its first entry, or from a state that vouches for those before it, and checks what can
/// be checked from it alone: the hash chain, that every entry follows from the state before it, the invariants of that
/// state, that every lottery repeats to the same runs, and that every promised start moved for a true cause.
/// </summary>
/// <param name="flavor">The flavor.</param>
/// <param name="checkEvery">The number of entries after which the whole state is checked again; the final state is
/// always checked.</param>
public sealed class LedgerReplay(string flavor, int checkEvery = 1000)
{
    private readonly FlavorEffects effects = new();
    private readonly SharedText texts = new();
    private readonly List<AuditViolation> violations = [];
    private readonly Dictionary<RunKey, RunFact> told = [];
    private long leasesBefore;

    /// <summary>The state after the entries read so far.</summary>
    public FlavorState State { get; } = new(flavor);

    /// <summary>The violations found so far. Nothing is read after the first break of the chain.</summary>
    public IReadOnlyList<AuditViolation> Violations => violations;

    /// <summary>
    /// The last fact that resulted for each run; for those before a restored state, only if it was not yet delivered.
    /// </summary>
    public IReadOnlyDictionary<RunKey, RunFact> LastFacts => told;

    /// <summary>The number of the last entry before those that are read; 0 if the first is read.</summary>
    public long Before { get; private set; }

    /// <summary>The number of entries read.</summary>
    public long Entries => State.Sequence - Before;

    /// <summary>The number of leases that began in them.</summary>
    public long Leases => State.NextLease - 1 - leasesBefore;

    /// <summary>Whether the chain is broken. Later entries cannot be trusted and are not read.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Begins at a state instead of the first entry.</summary>
    /// <param name="snapshot">The state.</param>
    /// <param name="undelivered">The facts that their runs may not have received at that time.</param>
    public void Begin(FlavorSnapshot snapshot, IEnumerable<RunFact> undelivered)
    {
        State.Restore(snapshot);
        (Before, leasesBefore) = (State.Sequence, State.NextLease - 1);
        foreach (var fact in undelivered)
            told[fact.Run] = fact with { Leases = null };
    }

    /// <summary>Reads the next entry.</summary>
    /// <param name="bytes">The bytes of the entry as written.</param>
    /// <param name="where">The entry's position, such as file and offset.</param>
    public void Read(ReadOnlySpan<byte> bytes, string where)
    {
        if (IsBroken)
            return;
        try
        {
            var entry = LedgerFormat.Read(bytes, texts);
            CheckCuts(entry, where);
            if (PromiseChecks.Check(entry, State) is { } broken)
                violations.Add(new AuditViolation(7, where, broken));
            State.Apply(entry, HashChain.Link(bytes), effects);
            foreach (var fact in effects.Runs)
                CheckFact(fact, where);
            effects.Runs.Clear();
            effects.Funding.Clear();
            if (entry.Sequence % checkEvery == 0)
                violations.AddRange(StateAudit.Check(State));
        }
        catch (Exception failure) // A damaged entry may throw anything; in any case the ledger is broken here.
        {
            IsBroken = true;
            violations.Add(new AuditViolation(
                9, where, $"The ledger of {State.Flavor} breaks after entry {State.Sequence}: {failure.Message}"));
        }
    }

    /// <summary>Checks the state after the last entry.</summary>
    public void Finish()
    {
        if (!IsBroken)
            violations.AddRange(StateAudit.Check(State));
    }

    private void CheckFact(RunFact fact, string where)
    {
        var attempt = 0;
        if (told.TryGetValue(fact.Run, out var before))
        {
            attempt = before.Attempt;
            if (fact.Kind == RunFactKind.Started && before.Kind != RunFactKind.Started && fact.Attempt <= attempt)
                violations.Add(new AuditViolation(12, where,
                    $"Attempt {fact.Attempt} of {fact.Run} starts, but it has had {attempt}: it was admitted twice."));
        }
        told[fact.Run] = fact with { Attempt = Math.Max(attempt, fact.Attempt), Leases = null };
    }

    private void CheckCuts(LedgerEntry entry, string where)
    {
        var fault = entry.Lottery is { } lottery && !FormerLottery.Repeats(lottery, entry, State.Head)
            ? $"the lottery for {lottery.For} does not draw again to the same runs"
            : new ResolutionAudit(State, entry).FindFault();
        if (fault is not null)
            violations.Add(new AuditViolation(8, where, fault));
    }
}
