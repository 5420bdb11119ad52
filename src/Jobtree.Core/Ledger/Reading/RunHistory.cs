using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Ledger.Reading;

/// <summary>One thing that happened to a run.</summary>
/// <param name="At">When.</param>
/// <param name="Flavor">The flavor whose ledger tells it; absent if the run's own journal does.</param>
/// <param name="Sequence">The number of the ledger entry; 0 if the run's own journal tells it.</param>
/// <param name="Kind">One CamelCase word: <c>Submitted</c>, <c>Bound</c>, <c>Cut</c> and so on.</param>
/// <param name="Text">What happened, in a sentence without a full stop.</param>
/// <param name="By">Who asked for it; absent if the flavor decided it by itself, or if nobody said so.</param>
public sealed record RunHappening(
    DateTimeOffset At, string? Flavor, long Sequence, string Kind, string Text, string? By = null);

/// <summary>Collects what happened to one run from the entries of its flavor's ledger, read in order.</summary>
/// <param name="run">The run.</param>
/// <param name="flavor">The flavor.</param>
/// <param name="submittedAt">When the run was submitted: what the ledger tells of earlier submissions is left out.
/// Absent: tells of all.</param>
public sealed class RunHistory(RunKey run, string flavor, DateTimeOffset? submittedAt = null)
{
    private readonly List<RunHappening> happenings = [];
    private bool isQueued;
    private DateTimeOffset? asked;

    /// <summary>What happened so far, in order.</summary>
    public IReadOnlyList<RunHappening> Happenings => happenings;

    /// <summary>Whether the entries told of the submission.</summary>
    public bool HasAsked => asked is not null && asked == submittedAt;

    /// <summary>Reads the next entry. Entries that do not name the run add nothing.</summary>
    /// <param name="entry">The entry.</param>
    public void Read(LedgerEntry entry)
    {
        happenings.AddRange(RunLosses.Of(run, flavor, entry, withClaim: false));
        foreach (var closing in entry.Close ?? [])
            Read(entry, closing);
        if (entry.Queue is { } demand && demand.Run == run)
            Read(entry, demand);
        if (entry.Reserve is { } reservation && reservation.Run == run)
            Read(entry, reservation);
        if (entry.Lapse == run)
            Add(entry, "Lapsed", "loses its reservation and keeps waiting");
        if (entry.Leave is { } departure && departure.Run == run)
        {
            isQueued = false;
            Add(entry, departure.Held ? "Withdrawn" : departure.Reason.ToString(),
                departure.Held ? "leaves the queue while it is held" : "leaves the queue");
        }
        foreach (var opening in (entry.Swap ?? []).Prepend(entry.Open).OfType<Opening>())
            Read(entry, opening);
        foreach (var assigned in (entry.Assign ?? []).Where(assigned => assigned.Run == run))
            Add(entry, "Paid", EntrySentences.Text($"lease {assigned.Lease} is paid by {assigned.Payer} from now on"));
        foreach (var change in (entry.Resize ?? []).Where(change => change.Run == run))
            Add(entry, "Resized", $"is to have {Counted.Of(change.Desired, "GPU")}");
        if (entry.Resolution is { } resolution && resolution.Spared.Any(draw => draw.Run == run))
            Add(entry, "Spared", $"was drawn for {resolution.For}, which turned out to fit without that");
    }

    private void Read(LedgerEntry entry, Closing closing)
    {
        if (closing.Run != run)
            return;
        if (!closing.Requeue)
        {
            Add(entry, closing.Reason.ToString(), "ends");
            return;
        }
        isQueued = true;
        var draw = closing.Seed is { } seed
            ? EntrySentences.Text($"; seed {seed[..12]}, see 'draw {entry.Sequence} --flavor {flavor}'") : "";
        Add(entry, closing.Reason == LeaseEndReason.NodeFailure ? "NodeFailure" : "Cut",
            $"is cut{RunLosses.For(entry, run)} and waits again: {EntrySentences.Rule(closing.Reason)}{draw}");
    }

    private void Read(LedgerEntry entry, Demand demand)
    {
        var what = Ask(entry, demand);
        Add(entry, isQueued ? "Amended" : "Queued", isQueued ? $"{what}, on other terms" : "waits in the queue");
        isQueued = true;
    }

    /// <summary>Notes a submission when it first asks; one that was held asks again later.</summary>
    private string Ask(LedgerEntry entry, Demand demand)
    {
        var what = $"asks for {Counted.Of(demand.Gpus, "GPU")}";
        if (demand.SubmittedAt == asked)
            return what;
        asked = demand.SubmittedAt;
        if (HasAsked)
            happenings.Clear();
        Add(entry, "Submitted", what);
        return what;
    }

    private void Read(LedgerEntry entry, Reservation reservation)
    {
        if (reservation.Moved is { } move && move.At == entry.At)
            Add(entry, "Moved", $"its promised start moves from {EntrySentences.At(move.From)} to "
                + $"{EntrySentences.At(reservation.EarliestStart)}: {EntrySentences.Cause(move)}");
        else
            Add(entry, "Reserved", $"is promised {EntrySentences.Promise(reservation)}");
    }

    private void Read(LedgerEntry entry, Opening opening)
    {
        if (opening.Starts() != run)
            return;
        if (opening.Demand is { } demand)
            Ask(entry, demand);
        isQueued = false;
        Add(entry, opening.Reason switch
        {
            LeaseStartReason.Grow => "Grown",
            LeaseStartReason.Swap => "Swapped",
            _ => "Bound",
        }, EntrySentences.Beginning(opening));
    }

    private void Add(LedgerEntry entry, string kind, string text) =>
        happenings.Add(new RunHappening(entry.At, flavor, entry.Sequence, kind, text, entry.By));
}
