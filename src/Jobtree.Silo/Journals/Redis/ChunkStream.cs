namespace Jobtree.Silo.Journals.Redis;

/// <summary>
/// Splits what is written to it into chunks. One chunk is under way while the next one is filled, so that at most two
/// are in memory.
/// </summary>
/// <param name="chunkBytes">The size of a chunk; the last one may be smaller.</param>
/// <param name="send">Sends a chunk; its bytes change after that.</param>
internal sealed class ChunkStream(int chunkBytes, Func<ReadOnlyMemory<byte>, Task> send) : Stream
{
    private byte[] filling = new byte[chunkBytes];
    private byte[] sending = [];
    private Task underWay = Task.CompletedTask;
    private int filled;

    /// <summary>Whether a chunk was sent.</summary>
    public bool HasSent { get; private set; }

    /// <summary>What was not sent yet.</summary>
    public ReadOnlyMemory<byte> Rest => filling.AsMemory(0, filled);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Sends the rest, and waits until everything has been taken.</summary>
    public async Task Complete()
    {
        await SendFilled();
        await underWay;
    }

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            if (filled == filling.Length)
                await SendFilled();
            var some = Math.Min(buffer.Length, filling.Length - filled);
            buffer[..some].CopyTo(filling.AsMemory(filled));
            filled += some;
            buffer = buffer[some..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private async Task SendFilled()
    {
        await underWay;
        underWay = send(Rest);
        HasSent = true;
        (filling, sending) = (sending.Length > 0 ? sending : new byte[chunkBytes], filling);
        filled = 0;
    }
}
