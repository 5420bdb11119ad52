using System.Text;

namespace Jobtree.Journal;

/// <summary>
/// Reads the records of one actor from the log, in order, and waits at its end: what a writer appends later is read by
/// the next call. It changes nothing and takes no lock. Not thread-safe.
/// </summary>
public sealed class ActorScan : IDisposable
{
    private readonly JournalFolder files;
    private readonly byte[] key;
    private long number;
    private FileWindow window = null!;
    private SegmentCursor cursor = null!;

    /// <summary>Begins at a segment.</summary>
    /// <param name="folder">The folder of the log.</param>
    /// <param name="actor">The actor's name in the log.</param>
    /// <param name="segment">The number of the first segment to read, from 1.</param>
    /// <exception cref="IOException">The segment does not exist or is damaged.</exception>
    public ActorScan(string folder, string actor, long segment = 1)
    {
        files = new JournalFolder(folder);
        key = Encoding.UTF8.GetBytes(actor);
        Open(segment);
    }

    /// <summary>Reads the actor's next record.</summary>
    /// <param name="sequence">The record's number in the actor's journal.</param>
    /// <param name="payload">The record's bytes; valid until the next call.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>Whether there is one now.</returns>
    /// <exception cref="JournalDamagedException">A segment is missing or damaged.</exception>
    public bool TryRead(out long sequence, out ReadOnlySpan<byte> payload, CancellationToken cancellation)
    {
        while (true)
        {
            while (cursor.Next(out var frame, out var whose, out payload))
            {
                if (frame.Kind == FrameKind.Record && whose.SequenceEqual(key))
                {
                    sequence = frame.Sequence;
                    return true;
                }
            }
            cancellation.ThrowIfCancellationRequested();
            if (!TryContinue())
            {
                sequence = 0;
                return false;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => window.Dispose();

    /// <summary>Whether there is more to read: in this segment, or in the next one, which is then open.</summary>
    private bool TryContinue()
    {
        // Looks for the next segment first: a writer seals this one before it writes to the next.
        var isContinued = files.HasSegment(number + 1);
        if (!cursor.Sealed && window.Length > cursor.Offset && cursor.CanContinue())
            return true;
        if (isContinued)
        {
            Open(number + 1);
            return true;
        }
        if (cursor.Sealed)
            throw new JournalDamagedException(
                files.Segment(number + 1), 0, $"the segment is missing: {window.Path} is continued in it");
        return !cursor.JudgeTail();
    }

    private void Open(long segment)
    {
        var opened = files.OpenSegment(segment);
        try
        {
            var header = FileHeader.Read(
                opened.At(0, FileHeader.Bytes), opened.Path, isSnapshot: false, segment);
            (cursor, number) = (new SegmentCursor(opened, header), segment);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
        window?.Dispose();
        window = opened;
    }
}
