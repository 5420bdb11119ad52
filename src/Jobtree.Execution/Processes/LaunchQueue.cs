namespace Jobtree.Execution.Processes;

/// <summary>
/// Launches that wait for room, first come first served, and the room itself. A launch whose GPUs are still being left
/// by another attempt, or whose run has an earlier attempt that is still ending, is passed over until they are free.
/// </summary>
/// <param name="ranksMax">Ranks that may run at once.</param>
internal sealed class LaunchQueue(int ranksMax)
{
    private readonly LinkedList<ProcessAttempt> waiting = [];
    private readonly HashSet<ProcessAttempt> ending = [];
    private int ranks;

    /// <summary>How many launches wait.</summary>
    public int Count => waiting.Count;

    /// <summary>Lets a launch wait.</summary>
    /// <param name="attempt">The attempt.</param>
    public void Add(ProcessAttempt attempt) => waiting.AddLast(attempt);

    /// <summary>Takes a launch out.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <returns>Whether it waited.</returns>
    public bool Remove(ProcessAttempt attempt) => waiting.Remove(attempt);

    /// <summary>Notes that an attempt runs.</summary>
    /// <param name="attempt">The attempt.</param>
    public void Occupy(ProcessAttempt attempt) => ranks += attempt.Plan!.Ranks.Count;

    /// <summary>Notes that a running attempt was told to end.</summary>
    /// <param name="attempt">The attempt.</param>
    public void Ending(ProcessAttempt attempt) => ending.Add(attempt);

    /// <summary>Notes that an attempt that ran has ended.</summary>
    /// <param name="attempt">The attempt.</param>
    public void Leave(ProcessAttempt attempt)
    {
        ranks -= attempt.Plan!.Ranks.Count;
        ending.Remove(attempt);
    }

    /// <summary>The next launch that may begin now; it occupies its room.</summary>
    public ProcessAttempt? TakeNext()
    {
        foreach (var attempt in waiting)
        {
            if (ending.Any(other => other.Id.Run == attempt.Id.Run || other.Overlaps(attempt)))
                continue;
            // One that is too wide for the limit, lowered since it was accepted, has the machine for itself.
            if (ranks > 0 && ranks + attempt.Plan!.Ranks.Count > ranksMax)
                return null;
            waiting.Remove(attempt);
            Occupy(attempt);
            return attempt;
        }
        return null;
    }
}
