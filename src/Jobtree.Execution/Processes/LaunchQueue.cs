namespace Jobtree.Execution.Processes;

/// <summary>
/// The launches that wait for capacity, first come first served, and the capacity itself. A launch is skipped while its
/// GPUs are held by an ending attempt, or while an earlier attempt of its run is ending.
/// </summary>
/// <param name="ranksMax">The most ranks that may run at once.</param>
internal sealed class LaunchQueue(int ranksMax)
{
    private readonly LinkedList<ProcessAttempt> waiting = [];
    private readonly HashSet<ProcessAttempt> ending = [];
    private int ranks;

    /// <summary>The number of waiting launches.</summary>
    public int Count => waiting.Count;

    /// <summary>Adds a launch.</summary>
    /// <param name="attempt">The attempt.</param>
    public void Add(ProcessAttempt attempt) => waiting.AddLast(attempt);

    /// <summary>Whether a launch is waiting.</summary>
    /// <param name="attempt">The attempt.</param>
    public bool Contains(ProcessAttempt attempt) => waiting.Contains(attempt);

    /// <summary>Removes a launch.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <returns>Whether the launch was waiting.</returns>
    public bool Remove(ProcessAttempt attempt) => waiting.Remove(attempt);

    /// <summary>Occupies capacity for an attempt.</summary>
    /// <param name="attempt">The attempt.</param>
    public void Occupy(ProcessAttempt attempt) => ranks += attempt.Plan!.Ranks.Count;

    /// <summary>Marks a running attempt as ending.</summary>
    /// <param name="attempt">The attempt.</param>
    public void Ending(ProcessAttempt attempt) => ending.Add(attempt);

    /// <summary>Frees the capacity of an ended attempt.</summary>
    /// <param name="attempt">The attempt.</param>
    public void Leave(ProcessAttempt attempt)
    {
        ranks -= attempt.Plan!.Ranks.Count;
        ending.Remove(attempt);
    }

    /// <summary>Takes the next launch that may begin now, and occupies capacity for it.</summary>
    public ProcessAttempt? TakeNext()
    {
        foreach (var attempt in waiting)
        {
            if (ending.Any(other => other.Id.Run == attempt.Id.Run || other.Overlaps(attempt)))
                continue;
            // The limit may have been lowered since a launch was accepted; a launch that exceeds it runs alone.
            if (ranks > 0 && ranks + attempt.Plan!.Ranks.Count > ranksMax)
                return null;
            waiting.Remove(attempt);
            Occupy(attempt);
            return attempt;
        }
        return null;
    }
}
