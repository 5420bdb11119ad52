using System.Buffers;
using System.Text.Unicode;

namespace Jobtree.Journal;

/// <summary>The actors met in this reading, and the last sequence number read of each.</summary>
internal sealed class ActorSequences
{
    private readonly Dictionary<string, int> places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> byName;
    private readonly int actorsMax;
    private Tail[] tails = new Tail[64];

    /// <summary>Creates an empty set.</summary>
    public ActorSequences(int actorsMax)
    {
        this.actorsMax = actorsMax;
        byName = places.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Adds an actor at the sequence number of its snapshot.</summary>
    public JournalActor Begin(ReadOnlySpan<byte> key, long sequence, string file, long offset)
    {
        var actor = Find(key, file, offset);
        ref var tail = ref tails[actor.Number];
        if (tail.Begun)
            throw new JournalDamagedException(file, offset, $"the snapshot holds {actor.Key} twice");
        if (sequence < 0)
            throw new JournalDamagedException(
                file, offset, $"the snapshot gives {actor.Key} the sequence number {sequence}");
        tail.Begun = true;
        tail.Sequence = sequence;
        return actor;
    }

    /// <summary>Advances an actor by one record; false if its snapshot already covers the record.</summary>
    public bool Advance(ReadOnlySpan<byte> key, long sequence, string file, long offset, out JournalActor actor)
    {
        actor = Find(key, file, offset);
        ref var tail = ref tails[actor.Number];
        if (tail.Begun && !tail.Passed && sequence <= tail.Sequence)
            return false;
        if (sequence != tail.Sequence + 1)
        {
            throw new JournalDamagedException(
                file, offset,
                    $"the record of {actor.Key} has the sequence number {sequence}, but {tail.Sequence + 1} is next");
        }

        tail.Passed = true;
        tail.Sequence = sequence;
        return true;
    }

    private JournalActor Find(ReadOnlySpan<byte> key, string file, long offset)
    {
        Span<char> characters = stackalloc char[FrameHeader.KeyBytesMax];
        if (key.IsEmpty || Utf8.ToUtf16(
            key, characters, out _, out var count, replaceInvalidSequences: false) != OperationStatus.Done)
            throw new JournalDamagedException(file, offset, "the actor's key is not text");
        if (byName.TryGetValue(characters[..count], out var name, out var number))
            return new JournalActor(number, name);
        if (places.Count >= actorsMax)
            throw new InvalidOperationException(
                $"The journal holds more than {actorsMax} actors; raise {nameof(JournalOptions.ActorsMax)} to " +
                $"read it.");
        var met = new JournalActor(places.Count, new string(characters[..count]));
        if (met.Number == tails.Length)
            Array.Resize(ref tails, met.Number * 2);
        places.Add(met.Key, met.Number);
        return met;
    }

    private struct Tail
    {
        public long Sequence;
        public bool Begun;
        public bool Passed;
    }
}
