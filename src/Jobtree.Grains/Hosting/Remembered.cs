namespace Jobtree.Grains.Hosting;

/// <summary>
/// An answer that is remembered for a moment, for many threads: what is asked and answered stands in one immutable
/// entry that is swapped as a whole, so no reader sees half of one.
/// </summary>
/// <typeparam name="T">What is asked for.</typeparam>
/// <param name="time">The clock.</param>
/// <param name="ageMax">How long an answer is remembered.</param>
/// <param name="ask">Asks anew.</param>
internal sealed class Remembered<T>(TimeProvider time, TimeSpan ageMax, Func<Task<T>> ask)
{
    private Entry entry = new(0, null);

    /// <summary>Whether nothing is remembered, so that the next answer is a new one.</summary>
    public bool IsEmpty => Volatile.Read(ref entry).Answer is null;

    /// <summary>
    /// Has the next answer asked for anew. An entry of its own says so: an answer that was asked for before is then not
    /// remembered after.
    /// </summary>
    public void Forget() => Volatile.Write(ref entry, new Entry(0, null));

    /// <summary>The answer, at most so old.</summary>
    public Task<T> Get()
    {
        var last = Volatile.Read(ref entry);
        if (last.Answer is { IsFaulted: false, IsCanceled: false } answer
            && time.GetElapsedTime(last.AskedAt) <= ageMax)
            return answer;
        var next = new Entry(time.GetTimestamp(), ask());
        Interlocked.CompareExchange(ref entry, next, last);
        return next.Answer!;
    }

    private sealed record Entry(long AskedAt, Task<T>? Answer);
}
