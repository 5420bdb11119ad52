namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// The records of one actor in one batch: consecutive, and kept or refused together as far as whoever waits can tell.
/// </summary>
/// <param name="journal">The open journal.</param>
/// <param name="first">The number of the first record.</param>
internal sealed class AppendGroup(RedisActorJournal journal, long first)
{
    private readonly TaskCompletionSource durable = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The open journal.</summary>
    public RedisActorJournal Journal => journal;

    /// <summary>The number of the first record.</summary>
    public long First => first;

    /// <summary>How many records.</summary>
    public int Count { get; set; }

    /// <summary>The number of the last record.</summary>
    public long Last => first + Count - 1;

    /// <summary>Up to which record the actor's facts have been told, when that is news; else 0.</summary>
    public long Told { get; set; }

    /// <summary>The place of the first record among those of the batch.</summary>
    public int Head { get; set; }

    /// <summary>The place of the last one.</summary>
    public int Tail { get; set; }

    /// <summary>Done when all are durable.</summary>
    public Task Durable => durable.Task;

    /// <summary>All are durable.</summary>
    public void Complete() => durable.TrySetResult();

    /// <summary>One was refused, or the fate of all is unknown for good.</summary>
    public void Fail(IOException why)
    {
        durable.TrySetException(why);
        // Who appended may have ended without waiting; the journal itself tells of the failure.
        _ = durable.Task.Exception;
    }
}
