namespace Jobtree.Journal;

/// <summary>Frames that are written and flushed together, and those who wait for that.</summary>
internal sealed class Batch
{
    private const int BytesAtFirst = 64 << 10;
    private byte[] _bytes = GC.AllocateUninitializedArray<byte>(BytesAtFirst);

    /// <summary>The bytes of its frames.</summary>
    public int Bytes { get; private set; }

    /// <summary>Its frames.</summary>
    public int Records { get; private set; }

    /// <summary>The number of its last record.</summary>
    public long LastLsn { get; private set; }

    /// <summary>Completed when the batch is durable; null as long as nobody waits.</summary>
    public TaskCompletionSource? Durable { get; private set; }

    /// <summary>The frames.</summary>
    public Span<byte> Frames => _bytes.AsSpan(0, Bytes);

    /// <summary>Room for one more frame, for the caller to fill.</summary>
    public Span<byte> Add(int frameBytes, long lsn)
    {
        if (_bytes.Length - Bytes < frameBytes)
        {
            var grown = GC.AllocateUninitializedArray<byte>(Math.Max(_bytes.Length * 2, Bytes + frameBytes));
            Frames.CopyTo(grown);
            _bytes = grown;
        }

        var frame = _bytes.AsSpan(Bytes, frameBytes);
        Bytes += frameBytes;
        Records++;
        LastLsn = lsn;
        return frame;
    }

    /// <summary>The task of those who wait. Their continuations never run on the thread that writes.</summary>
    public Task WhenDurable() =>
        (Durable ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Makes it empty, to be filled again.</summary>
    public void Clear()
    {
        (Bytes, Records, LastLsn) = (0, 0, 0);
        Durable = null;
    }
}
