namespace Jobtree.Grains.Hosting;

/// <summary>
/// An answer that is cached for a moment; safe for many threads. The request time and the answer form one immutable
/// entry that is swapped as a whole, so no reader sees half of one.
/// </summary>
/// <typeparam name="T">The type of the answer.</typeparam>
/// <param name="time">The clock.</param>
/// <param name="ageMax">How long an answer is cached.</param>
/// <param name="ask">Requests a new answer.</param>
internal sealed class Remembered<T>(TimeProvider time, TimeSpan ageMax, Func<Task<T>> ask)
{
    private Entry entry = new(0, null);
    private int isAskingAhead;

    /// <summary>Whether nothing is cached, so that the next answer is a new one.</summary>
    public bool IsEmpty => Volatile.Read(ref entry).Answer is null;

    /// <summary>
    /// Clears the cache, so that the next answer is requested again. It writes a new entry, so an answer requested
    /// earlier is not cached afterwards.
    /// </summary>
    public void Forget() => Volatile.Write(ref entry, new Entry(0, null));

    /// <summary>The answer, no older than the maximum age.</summary>
    public Task<T> Get()
    {
        var last = Volatile.Read(ref entry);
        return last.Answer is { IsFaulted: false, IsCanceled: false } answer
            && time.GetElapsedTime(last.AskedAt) <= ageMax ? answer : AskAfter(last);
    }

    /// <summary>
    /// The answer, no older than the maximum age. From half of it on the next one is requested ahead, so that a caller
    /// that comes often never waits.
    /// </summary>
    public Task<T> GetAhead()
    {
        var last = Volatile.Read(ref entry);
        if (last.Answer is not { IsCompletedSuccessfully: true } answer || time.GetElapsedTime(last.AskedAt) > ageMax)
            return Get();
        if (time.GetElapsedTime(last.AskedAt) > ageMax / 2 && Interlocked.Exchange(ref isAskingAhead, 1) == 0)
            _ = AskAhead(last);
        return answer;
    }

    private async Task AskAhead(Entry last)
    {
        try
        {
            var asked = time.GetTimestamp();
            var answer = await ask();
            Interlocked.CompareExchange(ref entry, new Entry(asked, Task.FromResult(answer)), last);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Whoever comes after the maximum age asks again, and learns of it.
        }
        finally
        {
            Volatile.Write(ref isAskingAhead, 0);
        }
    }

    private Task<T> AskAfter(Entry last)
    {
        var next = new Entry(time.GetTimestamp(), ask());
        Interlocked.CompareExchange(ref entry, next, last);
        return next.Answer!;
    }

    private sealed record Entry(long AskedAt, Task<T>? Answer);
}
