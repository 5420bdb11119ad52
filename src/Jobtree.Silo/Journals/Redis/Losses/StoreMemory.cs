using Jobtree.Actors.Ports;

namespace Jobtree.Silo.Journals.Redis.Losses;

/// <summary>What this silo knows of the store, in memory; safe for many threads.</summary>
/// <param name="silo">The name of this silo.</param>
internal sealed class StoreMemory(string silo)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, StoreMark> marks = [];
    private readonly Dictionary<string, StoreHead> heads = [];
    private string? id;
    private long sent;
    private long acknowledged;

    /// <summary>The name of this silo.</summary>
    public string Silo => silo;

    /// <summary>Changes with whatever is known.</summary>
    public long Version { get; private set; }

    /// <summary>The last batch of this silo that the store must have.</summary>
    public long Acknowledged => Volatile.Read(ref acknowledged);

    /// <summary>Whether a journal's last record is remembered: those of runs and envelopes are too many, and are
    /// covered by the marks of the silos.</summary>
    public static bool Remembers(ActorKey actor) => actor.Kind is ActorKind.Flavor or ActorKind.Directory;

    /// <summary>Numbers the next batch.</summary>
    public long NextBatch() => Interlocked.Increment(ref sent);

    /// <summary>A batch was acknowledged.</summary>
    public void Acknowledge(long number, DateTimeOffset at)
    {
        lock (gate)
        {
            if (number <= acknowledged)
                return;
            Volatile.Write(ref acknowledged, number);
            marks[silo] = new StoreMark(number, at.ToUnixTimeSeconds());
            Version++;
        }
    }

    /// <summary>A record is in the store.</summary>
    public void Learn(ActorKey actor, StoreHead head)
    {
        var key = actor.ToString();
        lock (gate)
        {
            if (head.Sequence <= heads.GetValueOrDefault(key).Sequence)
                return;
            heads[key] = head;
            Version++;
        }
    }

    /// <summary>The last record of an actor that is known; 0: none.</summary>
    public long LastOf(ActorKey actor)
    {
        lock (gate)
            return heads.GetValueOrDefault(actor.ToString()).Sequence;
    }

    /// <summary>All that is known now.</summary>
    public KnownStore Take()
    {
        lock (gate)
            return new KnownStore
            {
                Id = id,
                Silo = silo,
                IsExact = true,
                Marks = marks.ToDictionary(),
                Heads = heads.ToDictionary(),
            };
    }

    /// <summary>Learns what other silos have written; the table has all that was known.</summary>
    public void Merge(StoreTable table)
    {
        lock (gate)
        {
            if (table.Id != id)
                return;
            foreach (var (other, mark) in table.Marks)
            {
                if (mark.Number > marks.GetValueOrDefault(other).Number)
                    (marks[other], Version) = (mark, Version + 1);
            }
            // A silo that is gone for long has no mark any more.
            foreach (var gone in marks.Keys.Where(other => other != silo && !table.Marks.ContainsKey(other)).ToList())
                marks.Remove(gone);
            foreach (var (actor, head) in table.Heads)
            {
                if (head.Sequence > heads.GetValueOrDefault(actor).Sequence)
                    (heads[actor], Version) = (head, Version + 1);
            }
        }
    }

    /// <summary>Forgets what was known, and takes what a table says instead: it is the first, or a loss was
    /// accepted.</summary>
    /// <param name="table">The table.</param>
    /// <param name="before">The last batch of this silo that is remembered from before a restart.</param>
    public void Adopt(StoreTable table, long before)
    {
        lock (gate)
        {
            marks.Clear();
            heads.Clear();
            id = table.Id;
            var own = table.Marks.GetValueOrDefault(silo);
            Volatile.Write(ref acknowledged, own.Number);
            // Numbers only grow: the mark of a batch that Redis has lost must not be taken for that of a later one.
            Interlocked.Exchange(ref sent, Math.Max(Math.Max(sent, own.Number), before));
            Version++;
        }
        Merge(table);
    }
}
