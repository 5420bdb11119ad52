using Jobtree.Core.Contention;
using Jobtree.Core.Ledger;
using Jobtree.Core.Model;
using Jobtree.Core.Scheduling;

namespace Jobtree.Silo.Chaos.Checks;

/// <summary>
/// Follows the ledgers' entries: counts what became of running runs and why, and remembers the place of each that was
/// cut. Whatever happens to it until it runs again, it keeps that place, and its attempts are counted on.
/// </summary>
internal sealed class CutWatch
{
    private readonly Dictionary<(LeaseEndReason Reason, bool Requeued), long> whole = [];
    private readonly Dictionary<LeaseEndReason, long> parts = [];
    private readonly Dictionary<RunKey, (DateTimeOffset AdmittedAt, int Attempt)> places = [];

    /// <summary>Attempts that ended, by reason, and whether the run went back to the queue.</summary>
    public IReadOnlyDictionary<(LeaseEndReason Reason, bool Requeued), long> Whole => whole;

    /// <summary>Leases that ended while their run went on, by reason.</summary>
    public IReadOnlyDictionary<LeaseEndReason, long> Parts => parts;

    /// <summary>Decisions that drew lots for funded work.</summary>
    public long Lotteries { get; private set; }

    /// <summary>Attempts that began after the run had been cut.</summary>
    public long Comebacks { get; private set; }

    /// <summary>Runs that left the queue because they were held.</summary>
    public long Withdrawn { get; private set; }

    /// <summary>Takes in an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="after">The flavor after it.</param>
    /// <returns>Which run lost its place; null: none did.</returns>
    public string? Follow(LedgerEntry entry, FlavorState after)
    {
        if (entry.Resolution is { } decision && decision.Draws.Any(draw => draw.Step == CutStep.Lottery))
            Lotteries++;
        foreach (var end in entry.End ?? [])
            parts[end.Reason] = parts.GetValueOrDefault(end.Reason) + 1;
        if (entry.Leave is { } departure)
        {
            Withdrawn += departure.Held ? 1 : 0;
            if (!departure.Held)
                places.Remove(departure.Run);
        }
        string? lost = null;
        foreach (var closing in entry.Close ?? [])
        {
            var key = (closing.Reason, closing.Requeue);
            whole[key] = whole.GetValueOrDefault(key) + 1;
            lost ??= Closed(closing, after);
        }
        return lost ?? Asked(entry.Queue) ?? Started(entry.Open, after);
    }

    private string? Closed(Closing closing, FlavorState after)
    {
        if (!closing.Requeue)
        {
            places.Remove(closing.Run);
            return null;
        }
        if (after.Queue.Find(closing.Run)?.Demand is not { AdmittedAt: { } admittedAt } demand)
            return $"{closing.Run} was cut ({closing.Reason}) and is not back in the queue with its place.";
        var lost = places.TryGetValue(closing.Run, out var known) ? LossOf(demand, known, demand.Attempt - 1) : null;
        places[closing.Run] = (admittedAt, demand.Attempt);
        return lost;
    }

    /// <summary>A run is put into the queue: for the first time, with other terms, or after it was held.</summary>
    private string? Asked(Demand? demand) =>
        demand is not null && places.TryGetValue(demand.Run, out var place)
            ? LossOf(demand, place, demand.Attempt) : null;

    private string? Started(Opening? opening, FlavorState after)
    {
        if (opening?.Reason is not (LeaseStartReason.Start or LeaseStartReason.Promise)
            || !places.TryGetValue(opening.Starts(), out var place))
            return null;
        Comebacks++;
        var demand = after.Running[opening.Starts()].Demand;
        return LossOf(demand, place, demand.Attempt - 1);
    }

    private static string? LossOf(Demand demand, (DateTimeOffset AdmittedAt, int Attempt) place, int attempt) =>
        (demand.AdmittedAt, attempt) == ((DateTimeOffset?)place.AdmittedAt, place.Attempt) ? null
            : $"{demand.Run} was admitted at {place.AdmittedAt:O} and cut after attempt {place.Attempt}; now it is " +
                $"taken for one admitted at {demand.AdmittedAt:O} with attempt {demand.Attempt}.";
}
