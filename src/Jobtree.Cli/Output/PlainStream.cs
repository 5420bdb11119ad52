using System.Text;

namespace Jobtree.Cli.Output;

/// <summary>
/// Passes foreign bytes to a terminal: of the control characters, only line breaks and tabs pass unchanged.
/// </summary>
/// <param name="writer">The terminal.</param>
internal sealed class PlainStream(TextWriter writer) : Stream
{
    private readonly Decoder decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder pending = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        var characters = new char[decoder.GetCharCount(buffer, flush: false)];
        decoder.GetChars(buffer, characters, flush: false);
        pending.Append(characters);
        // The first half of a surrogate pair waits for the second half.
        var whole = pending.Length > 0 && char.IsHighSurrogate(pending[^1]) ? pending.Length - 1 : pending.Length;
        // Programs also end lines with CR LF. A CR alone would let a line overwrite itself.
        writer.Write(PlainText.Lines(pending.ToString(0, whole).Replace("\r\n", "\n", StringComparison.Ordinal)));
        pending.Remove(0, whole);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Flush() => writer.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
