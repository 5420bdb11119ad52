using Jobtree.Embedded.Journal;
using ActorKey = Jobtree.Actors.Ports.ActorKey;

namespace Jobtree.Embedded.Hosting;

/// <summary>
/// Records on their way from the thread that reads the log to the one that replays them: handed over together, and
/// copied into bytes that are used again.
/// </summary>
internal sealed class ReplayBlock
{
    private const int BytesUsual = 64 << 10;

    private readonly List<(ActorKey Actor, int Start, int Length, JournalPosition? At)> records = [];
    private byte[] bytes = GC.AllocateUninitializedArray<byte>(2 * BytesUsual);
    private int length;

    /// <summary>Whether it has nothing.</summary>
    public bool IsEmpty => records.Count == 0;

    /// <summary>Whether it is worth handing over.</summary>
    public bool IsFull => length >= BytesUsual;

    /// <summary>Whether it had to hold so much that it should not be kept.</summary>
    public bool IsOversized => bytes.Length > 2 * BytesUsual;

    /// <summary>How many records it has.</summary>
    public int Count => records.Count;

    /// <summary>A record, or a state, which has no position.</summary>
    public ReadOnlySpan<byte> Read(int index, out ActorKey actor, out JournalPosition? at)
    {
        (actor, var start, var count, at) = records[index];
        return bytes.AsSpan(start, count);
    }

    /// <summary>Copies a record.</summary>
    public void Add(ActorKey actor, ReadOnlySpan<byte> record, JournalPosition? at)
    {
        if (bytes.Length - length < record.Length)
            Array.Resize(ref bytes, length + record.Length);
        record.CopyTo(bytes.AsSpan(length));
        records.Add((actor, length, record.Length, at));
        length += record.Length;
    }

    /// <summary>Makes it empty, to be filled again.</summary>
    public void Clear()
    {
        records.Clear();
        length = 0;
    }
}
