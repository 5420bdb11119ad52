namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// The consecutive records of one actor in one batch. Callers see them acknowledged or refused together.
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

    /// <summary>The number of records.</summary>
    public int Count { get; set; }

    /// <summary>The number of the last record.</summary>
    public long Last => first + Count - 1;

    /// <summary>The hash of the last record, where the table of the store has it; otherwise empty.</summary>
    public string Link { get; set; } = "";

    /// <summary>The actor's new delivery mark; 0: unchanged.</summary>
    public long DeliveredUpTo { get; set; }

    /// <summary>The index of the first record in the batch.</summary>
    public int Head { get; set; }

    /// <summary>The index of the last record in the batch.</summary>
    public int Tail { get; set; }

    /// <summary>Completes when all records are durable.</summary>
    public Task Durable => durable.Task;

    /// <summary>Marks all records as durable.</summary>
    public void Complete() => durable.TrySetResult();

    /// <summary>Fails the group: a record was refused, or the outcome will never be known.</summary>
    public void Fail(IOException why)
    {
        durable.TrySetException(why);
        // Observes the exception: the caller may have gone. The journal itself reports the failure.
        _ = durable.Task.Exception;
    }
}
