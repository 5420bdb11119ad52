using System.Buffers;
using System.Text.Unicode;

namespace Jobtree.Journal;

/// <summary>
/// The actors met in this reading, and the last sequence number read of each. The actors in a snapshot are captured one
/// after the other while the log goes on, so the frames after it may come from before or after an actor was captured,
/// or, of an actor that the snapshot lacks, from before or after it was forgotten.
/// </summary>
internal sealed class ActorSequences
{
    private readonly Dictionary<string, int> places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> byName;
    private readonly Stack<int> freed = [];
    private readonly Dictionary<int, (string File, long Offset, string What)> unfounded = [];
    private readonly int actorsMax;
    private Tail[] tails = new Tail[64];

    /// <summary>Creates an empty set.</summary>
    public ActorSequences(int actorsMax)
    {
        this.actorsMax = actorsMax;
        byName = places.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Whether the reading begins at a snapshot; otherwise it begins at the first record.</summary>
    public bool FollowsSnapshot { get; init; }

    /// <summary>
    /// Whether the numbers of forgotten actors are held, to check what comes after. Otherwise forgotten actors take no
    /// memory.
    /// </summary>
    public bool RemembersForgotten { get; init; }

    /// <summary>Adds an actor at the sequence number of its snapshot.</summary>
    public JournalActor Begin(ReadOnlySpan<byte> key, long sequence, string file, long offset)
    {
        var actor = Find(key, file, offset);
        ref var tail = ref tails[actor.Number];
        if (tail.Phase != Phase.Met)
            throw new JournalDamagedException(file, offset, $"the snapshot holds {actor.Key} twice");
        if (sequence < 0)
            throw new JournalDamagedException(
                file, offset, $"the snapshot gives {actor.Key} the sequence number {sequence}");
        tail = new Tail(sequence, Phase.InSnapshot);
        return actor;
    }

    /// <summary>Advances an actor by one record; false if the snapshot covers the record.</summary>
    public bool Advance(ReadOnlySpan<byte> key, long sequence, string file, long offset, out JournalActor actor)
    {
        actor = Find(key, file, offset);
        ref var tail = ref tails[actor.Number];
        if (tail.Phase == Phase.InSnapshot && sequence <= tail.Sequence)
            return false;
        if (tail.Phase == Phase.Met && sequence > 1 && FollowsSnapshot)
        {
            unfounded.Add(actor.Number, (file, offset,
                $"the record of {actor.Key} has the sequence number {sequence}, but the snapshot lacks the actor, " +
                $"which is neither restored nor forgotten afterwards"));
            tail = new Tail(sequence, Phase.Unfounded);
            return false;
        }
        if (tail.Phase == Phase.Forgotten)
            throw new JournalDamagedException(
                file, offset, $"a record of {actor.Key} follows, which was forgotten and not restored");
        if (sequence != tail.Sequence + 1)
        {
            throw new JournalDamagedException(
                file, offset,
                    $"the record of {actor.Key} has the sequence number {sequence}, but {tail.Sequence + 1} is next");
        }
        tail.Sequence = sequence;
        if (tail.Phase == Phase.Unfounded)
            return false;
        tail.Phase = Phase.Passed;
        return true;
    }

    /// <summary>
    /// Drops an actor; false if the snapshot covers that, because it lacks the actor or has a later state of it.
    /// </summary>
    public bool Forget(ReadOnlySpan<byte> key, long sequence, string file, long offset, out JournalActor actor)
    {
        actor = Find(key, file, offset);
        var tail = tails[actor.Number];
        if (tail.Phase == Phase.InSnapshot && sequence < tail.Sequence)
            return false;
        var isAbsent = tail.Phase == Phase.Met && FollowsSnapshot;
        if (!isAbsent && (tail.Phase is Phase.Met or Phase.Forgotten || sequence != tail.Sequence))
        {
            throw new JournalDamagedException(file, offset, tail.Phase == Phase.Forgotten
                ? $"{actor.Key} is forgotten a second time"
                : $"{actor.Key} is forgotten at the sequence number {sequence}, but {tail.Sequence} is its last");
        }
        if (RemembersForgotten)
            tails[actor.Number] = new Tail(sequence, Phase.Forgotten);
        else
            Free(actor);
        // The reader never met an actor whose records were covered by the snapshot's lack of it.
        return !unfounded.Remove(actor.Number) && !isAbsent;
    }

    /// <summary>Begins a forgotten actor again; false if the snapshot covers that.</summary>
    public bool Restore(ReadOnlySpan<byte> key, long sequence, string file, long offset, out JournalActor actor)
    {
        actor = Find(key, file, offset);
        ref var tail = ref tails[actor.Number];
        if (tail.Phase == Phase.InSnapshot && sequence <= tail.Sequence)
            return false;
        var isWhereItWasForgotten = tail.Phase == Phase.Forgotten && sequence == tail.Sequence;
        var isUnknown = tail.Phase == Phase.Met && (FollowsSnapshot || !RemembersForgotten);
        if (!isWhereItWasForgotten && !isUnknown)
        {
            throw new JournalDamagedException(file, offset, tail.Phase == Phase.Forgotten
                ? $"{actor.Key} is restored at the sequence number {sequence}, but was forgotten at {tail.Sequence}"
                : $"{actor.Key} is restored, but was not forgotten");
        }
        tail = new Tail(sequence, Phase.Passed);
        return true;
    }

    /// <summary>
    /// Checks at the end of the log that every actor whose records begin in the middle was forgotten while the snapshot
    /// was taken.
    /// </summary>
    /// <exception cref="JournalDamagedException">Earlier records of an actor are missing.</exception>
    public void ThrowIfUnfounded()
    {
        foreach (var (file, offset, what) in unfounded.Values)
            throw new JournalDamagedException(file, offset, what);
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
        var met = new JournalActor(freed.TryPop(out var again) ? again : places.Count, new string(characters[..count]));
        if (met.Number == tails.Length)
            Array.Resize(ref tails, met.Number * 2);
        places.Add(met.Key, met.Number);
        return met;
    }

    private void Free(JournalActor actor)
    {
        places.Remove(actor.Key);
        tails[actor.Number] = default;
        freed.Push(actor.Number);
    }

    private record struct Tail(long Sequence, Phase Phase);

    private enum Phase : byte
    {
        /// <summary>Nothing was read of the actor yet.</summary>
        Met,

        /// <summary>In the snapshot; what follows may come from before it was captured.</summary>
        InSnapshot,

        /// <summary>A record or state of it was passed on.</summary>
        Passed,

        /// <summary>Not in the snapshot, though its records do not begin at 1: right only if it is forgotten.</summary>
        Unfounded,

        /// <summary>Forgotten; its number is held.</summary>
        Forgotten,
    }
}
