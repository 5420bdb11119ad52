using Jobtree.Actors.Runs;
using Jobtree.Core.Model;
using Jobtree.Grains.Contracts;

namespace Jobtree.Grains.Listing;

/// <summary>
/// Sends changes of runs on this silo to a shard of the listing. Records gather until a flush, only the newest of each
/// run, so at most one record per run here waits. A failed batch is sent again.
/// </summary>
/// <param name="grain">The shard.</param>
/// <param name="retried">Called when a batch is to be sent again.</param>
internal sealed class ShardFeed(IRunIndexGrain grain, Action<string, Exception>? retried)
{
    private const int BatchMax = 512;
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);

    private readonly Lock gate = new();
    private readonly Dictionary<RunKey, RunRecord> waiting = [];
    private Task sending = Task.CompletedTask;
    private bool isSending;

    public IRunIndexGrain Grain => grain;

    public void Add(RunRecord record)
    {
        lock (gate)
        {
            if (!waiting.TryGetValue(record.Key, out var other) || other.Version < record.Version)
                waiting[record.Key] = record;
        }
    }

    /// <summary>Sends the records added so far, and waits until the shard has received them.</summary>
    public Task Flush()
    {
        lock (gate)
        {
            if (isSending || waiting.Count == 0)
                return sending;
            isSending = true;
            // On the thread pool: a grain's turn must not wait for it, and a grain's scheduler must not run it.
            return sending = Task.Run(Send);
        }
    }

    private async Task Send()
    {
        while (Take() is { Length: > 0 } batch)
        {
            try
            {
                await grain.Put(batch);
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                lock (gate)
                {
                    foreach (var record in batch)
                        waiting.TryAdd(record.Key, record);
                }
                retried?.Invoke("listing", failure);
                await Task.Delay(RetryPause);
            }
        }
    }

    private RunRecord[] Take()
    {
        lock (gate)
        {
            var batch = waiting.Count <= BatchMax ? waiting.Values.ToArray() : waiting.Values.Take(BatchMax).ToArray();
            if (batch.Length == waiting.Count)
            {
                waiting.Clear();
            }
            else
            {
                foreach (var record in batch)
                    waiting.Remove(record.Key);
            }
            isSending = batch.Length > 0;
            return batch;
        }
    }
}
