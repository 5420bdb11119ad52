using Jobtree.Core;

namespace Jobtree.Journal;

/// <summary>Frames that are written and flushed together, and the callers that wait for them.</summary>
internal sealed class Batch
{
    private const int BytesAtFirst = 64 << 10;
    private byte[] buffer = GC.AllocateUninitializedArray<byte>(BytesAtFirst);

    /// <summary>The size of its frames in bytes.</summary>
    public int Bytes { get; private set; }

    /// <summary>The number of its frames.</summary>
    public int Records { get; private set; }

    /// <summary>The sequence number of its last record; 0 if it is empty.</summary>
    public long LastLsn { get; private set; }

    /// <summary>Completed when the batch is durable; null while nobody waits.</summary>
    public TaskCompletionSource? Durable { get; private set; }

    /// <summary>The frames.</summary>
    public Span<byte> Frames => buffer.AsSpan(0, Bytes);

    /// <summary>Reserves room for one more frame, which the caller fills.</summary>
    public Span<byte> Add(int frameBytes, long lsn)
    {
        Invariant.Holds(lsn > LastLsn, "Numbers only grow.");
        if (buffer.Length - Bytes < frameBytes)
        {
            var doubled = (int)Math.Min(2L * buffer.Length, Array.MaxLength);
            var grown = GC.AllocateUninitializedArray<byte>(Math.Max(doubled, Bytes + frameBytes));
            Frames.CopyTo(grown);
            buffer = grown;
        }

        var frame = buffer.AsSpan(Bytes, frameBytes);
        Bytes += frameBytes;
        Records++;
        LastLsn = lsn;
        return frame;
    }

    /// <summary>The waiters' task. Their continuations never run on the writing thread.</summary>
    public Task WhenDurable() =>
        (Durable ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Empties the batch for reuse, and releases a buffer that has grown beyond this size.</summary>
    public void Clear(int bytesKeptMax)
    {
        (Bytes, Records, LastLsn, Durable) = (0, 0, 0, null);
        if (buffer.Length > bytesKeptMax)
            buffer = GC.AllocateUninitializedArray<byte>(BytesAtFirst);
    }
}
