using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Orleans.Runtime;

namespace Jobtree.Silo.Gateways;

/// <summary>
/// Looks at each message of a client before Orleans does. Bytes are not copied: what is read from here was looked at,
/// since a message is read only when it has come whole.
/// </summary>
/// <param name="inner">What comes from the client.</param>
/// <param name="rules">What may come.</param>
/// <param name="bodyBytesMax">The most bytes of a message, without its header.</param>
/// <param name="introduced">Told who the client says that it is, once.</param>
/// <param name="refused">Told why the connection is given up.</param>
internal sealed class ClientReader(
    PipeReader inner, ClientRules rules, int bodyBytesMax, Action<GrainId> introduced, Action<string> refused)
    : PipeReader
{
    private const int PreambleLength = sizeof(int);
    private const int PreambleBytesMax = 1024;
    private const int FrameLengths = 2 * sizeof(int);
    private const int HeaderBytesMax = 64 * 1024;
    // A program needs one grain for all its calls. Each that is called lives for a while.
    private const int GrainsMax = 16;

    private readonly HashSet<GrainId> grains = [];
    private ReadOnlySequence<byte> last;
    // The bytes from the beginning of what is buffered that need no look: whole messages, of which the last may not
    // have come yet.
    private long passed;
    private GrainId? client;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var result = await inner.ReadAsync(cancellationToken);
        Look(result.Buffer);
        return result;
    }

    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
            return false;
        Look(result.Buffer);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        passed -= last.Slice(last.Start, consumed).Length;
        last = default;
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    private void Look(ReadOnlySequence<byte> buffer)
    {
        last = buffer;
        while (passed < buffer.Length && LengthOfNext(buffer.Slice(passed)) is { } length)
            passed += length;
    }

    /// <summary>The length of the next message, which may pass; null: its beginning has not come yet.</summary>
    private long? LengthOfNext(ReadOnlySequence<byte> rest)
    {
        if (client is not { } known)
        {
            if (rest.Length < PreambleLength)
                return null;
            var length = Length(rest, 0);
            if (length is <= 0 or > PreambleBytesMax)
                throw Refuse("it did not introduce itself");
            if (rest.Length < PreambleLength + length)
                return null;
            var id = rules.Identify(rest.Slice(PreambleLength, length), out var refusal);
            if (refusal is not null)
                throw Refuse(refusal);
            client = id;
            introduced(id);
            return PreambleLength + length;
        }
        if (rest.Length < FrameLengths)
            return null;
        var (header, body) = (Length(rest, 0), Length(rest, sizeof(int)));
        if (header is <= 0 or > HeaderBytesMax || body < 0 || body > bodyBytesMax)
            throw Refuse($"it sent a message with a header of {(uint)header} and a body of {(uint)body} bytes");
        if (rest.Length < FrameLengths + header)
            return null;
        var frame = ClientFrame.Read(rest.Slice(FrameLengths, header));
        if (rules.Refusal(known, frame) is { } why)
            throw Refuse(why);
        if (grains.Add(frame.Target) && grains.Count > GrainsMax)
            throw Refuse($"it called more than {GrainsMax} grains");
        return FrameLengths + header + (long)body;
    }

    private static int Length(ReadOnlySequence<byte> bytes, int at)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        bytes.Slice(at, sizeof(int)).CopyTo(length);
        return BinaryPrimitives.ReadInt32LittleEndian(length);
    }

    private ConnectionAbortedException Refuse(string why)
    {
        refused(why);
        return new ConnectionAbortedException($"The client was refused: {why}.");
    }
}
