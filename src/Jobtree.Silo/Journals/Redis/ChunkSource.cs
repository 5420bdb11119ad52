using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis;

/// <summary>Reads chunks as one stream. The next chunk is requested before the current one has been read.</summary>
/// <param name="count">The number of chunks.</param>
/// <param name="fetch">Requests a chunk; a missing one is null.</param>
internal sealed class ChunkSource(int count, Func<int, Task<Lease<byte>?>> fetch) : Stream
{
    private Task<Lease<byte>?> ahead = fetch(0);
    private Lease<byte>? current;
    private int at;
    private int taken;

    /// <summary>The bytes of the chunks read so far.</summary>
    public long Bytes { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="InvalidDataException">A chunk is missing.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (current is null || at == current.Length)
        {
            if (taken == count)
                return 0;
            current?.Dispose();
            current = null;
            current = await ahead ?? throw new InvalidDataException($"chunk {taken + 1} of {count} is missing");
            (at, taken, Bytes) = (0, taken + 1, Bytes + current.Length);
            if (taken < count)
                ahead = fetch(taken);
        }
        var some = Math.Min(buffer.Length, current.Length - at);
        current.Memory.Slice(at, some).CopyTo(buffer);
        at += some;
        return some;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        current?.Dispose();
        // Observes the exception of a chunk that nobody waits for any more.
        _ = ahead.ContinueWith(static chunk => _ = chunk.Exception, CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        base.Dispose(disposing);
    }
}
