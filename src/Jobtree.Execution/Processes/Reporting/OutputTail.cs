using Jobtree.Actors.Reporting;

namespace Jobtree.Execution.Processes.Reporting;

/// <summary>
/// Follows the telemetry lines in a growing output file. Each reading has a bounded cost: of output that came faster
/// only the newest part is read, and of the lines in it only the first few.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="time">The clock.</param>
internal sealed class OutputTail(string path, TimeProvider time)
{
    /// <summary>The most bytes that one reading reads.</summary>
    public const int ReadBytesMax = 256 * 1024;

    /// <summary>The most lines that one reading takes.</summary>
    public const int LinesMax = 32;

    // The beginning of a line whose end is not written yet.
    private readonly byte[] begun = new byte[TelemetryLine.BytesMax];
    private int begunLength;
    private long offset;
    // Whether the rest of the present line is passed over: it is too long, or its beginning was not read.
    private bool skipsLine;

    /// <summary>Reads what was written since the last reading.</summary>
    /// <param name="buffer">Space to read into, of any content.</param>
    public TailReading Read(byte[] buffer)
    {
        var reading = new TailReading();
        // A workload could replace the file by a link or a pipe.
        using var handle = RegularFile.Open(path);
        if (handle is null || RandomAccess.GetLength(handle) is var size && size == offset)
            return reading;
        if (size < offset)
            Restart(0, skips: false);
        else if (size - offset > ReadBytesMax)
            Restart(size - ReadBytesMax, skips: true);
        for (var left = ReadBytesMax; left > 0;)
        {
            var length = RandomAccess.Read(handle, buffer.AsSpan(0, Math.Min(buffer.Length, left)), offset);
            if (length == 0)
                break;
            offset += length;
            left -= length;
            Take(buffer.AsSpan(0, length), ref reading);
        }
        return reading;
    }

    private void Restart(long at, bool skips) => (offset, begunLength, skipsLine) = (at, 0, skips);

    private void Take(ReadOnlySpan<byte> bytes, ref TailReading reading)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            var part = end < 0 ? bytes : bytes[..end];
            bytes = end < 0 ? [] : bytes[(end + 1)..];
            if (!skipsLine)
                Append(part, end >= 0, ref reading);
            if (end >= 0)
                (begunLength, skipsLine) = (0, false);
        }
    }

    private void Append(ReadOnlySpan<byte> part, bool isEnd, ref TailReading reading)
    {
        if (begunLength + part.Length > TelemetryLine.BytesMax)
        {
            reading.TooLong += TelemetryLine.IsOne(begunLength > 0 ? begun.AsSpan(0, begunLength) : part) ? 1 : 0;
            skipsLine = true;
        }
        else if (isEnd && begunLength == 0)
        {
            Finish(part, ref reading);
        }
        else
        {
            part.CopyTo(begun.AsSpan(begunLength));
            begunLength += part.Length;
            if (isEnd)
                Finish(begun.AsSpan(0, begunLength), ref reading);
        }
    }

    private void Finish(ReadOnlySpan<byte> line, ref TailReading reading)
    {
        if (!TelemetryLine.IsOne(line))
            return;
        if (++reading.Lines > LinesMax)
            reading.TooMany++;
        else if (TelemetryLine.TryParse(line, time.GetUtcNow(), out var report))
            reading.Report = reading.Report is { } earlier ? report.Over(earlier) : report;
        else
            reading.Malformed++;
    }
}

/// <summary>What a reading found.</summary>
internal struct TailReading
{
    /// <summary>The values of all lines, later ones over earlier ones; null: there was none.</summary>
    public WorkloadReport? Report;

    /// <summary>The number of telemetry lines.</summary>
    public int Lines;

    /// <summary>Lines that are not well formed.</summary>
    public int Malformed;

    /// <summary>Lines beyond the length allowed.</summary>
    public int TooLong;

    /// <summary>Lines beyond the number allowed.</summary>
    public int TooMany;
}
