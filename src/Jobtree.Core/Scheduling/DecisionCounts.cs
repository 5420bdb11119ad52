namespace Jobtree.Core.Scheduling;

/// <summary>Decisions since a ledger began, by outcome.</summary>
/// <param name="Bound">Runs started.</param>
/// <param name="Reserved">Reservations made.</param>
/// <param name="Waiting">Runs queued without a reservation.</param>
/// <param name="Ended">Runs whose leases ended by themselves or by request.</param>
/// <param name="Reclaimed">Runs cut for another.</param>
public readonly record struct DecisionCounts(
    long Bound = 0, long Reserved = 0, long Waiting = 0, long Ended = 0, long Reclaimed = 0);
