using System.Buffers;
using System.Text.Unicode;

namespace Jobtree.Embedded.Journal;

/// <summary>One string per actor, and how far its own journal has been read.</summary>
internal sealed class ActorSequences
{
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _byName;
    private readonly int _actorsMax;
    private Tail[] _tails = new Tail[64];

    /// <summary>Begins with no actor.</summary>
    public ActorSequences(int actorsMax)
    {
        _actorsMax = actorsMax;
        _byName = _places.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Begins an actor at the sequence number of its snapshot.</summary>
    public string Begin(ReadOnlySpan<byte> key, long sequence, string file, long offset)
    {
        ref var tail = ref Find(key, file, offset);
        if (tail.Begun)
            throw new JournalDamagedException(file, offset, $"the snapshot holds {tail.Name} twice");
        if (sequence < 0)
            throw new JournalDamagedException(file, offset, $"the snapshot gives {tail.Name} the sequence number {sequence}");
        tail.Begun = true;
        tail.Sequence = sequence;
        return tail.Name;
    }

    /// <summary>Moves an actor on by one record; false if its snapshot already covers that.</summary>
    public bool Advance(ReadOnlySpan<byte> key, long sequence, string file, long offset, out string actor)
    {
        ref var tail = ref Find(key, file, offset);
        actor = tail.Name;
        if (tail.Begun && !tail.Passed && sequence <= tail.Sequence)
            return false;
        if (sequence != tail.Sequence + 1)
        {
            throw new JournalDamagedException(
                file, offset, $"the record of {actor} has the sequence number {sequence}, but {tail.Sequence + 1} is next");
        }

        tail.Passed = true;
        tail.Sequence = sequence;
        return true;
    }

    private ref Tail Find(ReadOnlySpan<byte> key, string file, long offset)
    {
        Span<char> characters = stackalloc char[FrameHeader.KeyBytesMax];
        if (key.IsEmpty || Utf8.ToUtf16(key, characters, out _, out var count, replaceInvalidSequences: false) != OperationStatus.Done)
            throw new JournalDamagedException(file, offset, "the actor's key is not text");
        if (_byName.TryGetValue(characters[..count], out var index))
            return ref _tails[index];
        if (_places.Count >= _actorsMax)
            throw new InvalidOperationException($"The journal holds more than {_actorsMax} actors; raise {nameof(JournalOptions.ActorsMax)} to read it.");
        index = _places.Count;
        if (index == _tails.Length)
            Array.Resize(ref _tails, index * 2);
        _tails[index].Name = new string(characters[..count]);
        _places.Add(_tails[index].Name, index);
        return ref _tails[index];
    }

    private struct Tail
    {
        public string Name;
        public long Sequence;
        public bool Begun;
        public bool Passed;
    }
}
