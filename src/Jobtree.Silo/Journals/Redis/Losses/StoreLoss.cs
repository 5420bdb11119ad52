using System.Globalization;
using StackExchange.Redis;

namespace Jobtree.Silo.Journals.Redis.Losses;

/// <summary>Records that Redis had acknowledged and does not have any more.</summary>
/// <param name="Since">When a silo found it; absent: the finding is not told yet.</param>
/// <param name="IsExact">Whether each silo whose records are missing, or may be, said itself what it had written.
/// Otherwise flavors may have lost entries of which nobody knows.</param>
/// <param name="Journals">The flavors, and the directory, that are known to have lost records.</param>
internal sealed record StoreLoss(
    DateTimeOffset? Since, bool IsExact, IReadOnlyDictionary<string, ShortJournal> Journals)
{
    private const string Self = "self";
    private const string Other = "other";
    private const int JournalsNamedMax = 3;

    /// <summary>Within this time silos learn what others have written, and a second more for their clocks.</summary>
    private const int LearntWithinSeconds = 5;

    /// <summary>The ids that the store had, as those know who found the loss.</summary>
    public IReadOnlySet<string> Ids { get; init; } = new HashSet<string>();

    /// <summary>The silos whose batches are missing or may be, and whether they said so themselves.</summary>
    public IReadOnlyDictionary<string, bool> Silos { get; init; } = new Dictionary<string, bool>();

    /// <summary>What happened and what to do, for people.</summary>
    public string Sentence
    {
        get
        {
            var named = Journals.OrderBy(journal => journal.Key, StringComparer.Ordinal).Take(JournalsNamedMax).Select(
                journal => $"{journal.Key} ends with record {journal.Value.From}, and had {journal.Value.To}");
            var more = Journals.Count > JournalsNamedMax ? $"; {Journals.Count - JournalsNamedMax} more" : "";
            var which = Journals.Count > 0 ? $" ({string.Join("; ", named)}{more})" : "";
            return $"Redis has lost records that it had acknowledged{which}. Nothing is changed until an operator of " +
                "the whole fleet has looked (kubectl-runs cluster status) and either restored Redis or accepted the " +
                "loss (kubectl-runs cluster accept-loss).";
        }
    }

    /// <summary>The loss as fields of the table, by the silo that found it.</summary>
    public IEnumerable<HashEntry> Fields(string by) =>
    [
        .. Ids.Select(id => new HashEntry($"k:{id}", by)),
        .. Silos.Select(silo => new HashEntry($"s:{by}:{silo.Key}", silo.Value ? Self : Other)),
        .. Journals.Select(journal => new HashEntry($"l:{by}:{journal.Key}", string.Create(
            CultureInfo.InvariantCulture, $"{journal.Value.From} {journal.Value.To} {journal.Value.Link}"))),
    ];

    /// <summary>What all silos found together, from the fields of the table.</summary>
    public static StoreLoss Of(DateTimeOffset since, HashEntry[] fields)
    {
        var (ids, silos) = (new HashSet<string>(), new Dictionary<string, bool>());
        var journals = new Dictionary<string, ShortJournal>();
        foreach (var (name, value) in fields.Select(field => (field.Name.ToString(), field.Value.ToString())))
        {
            if (name.StartsWith("k:", StringComparison.Ordinal))
            {
                ids.Add(name[2..]);
                continue;
            }
            if (name.Split(':', 3) is not [var kind, _, var about])
                continue;
            if (kind == "s")
                silos[about] = silos.GetValueOrDefault(about) || value == Self;
            else if (kind == "l" && value.Split(' ') is [var from, var to, var link])
                journals[about] = ShortJournal.Merge(journals.GetValueOrDefault(about), new ShortJournal(
                    long.Parse(from, CultureInfo.InvariantCulture), long.Parse(to, CultureInfo.InvariantCulture),
                    link));
        }
        return new StoreLoss(since, silos.Values.All(self => self), journals) { Ids = ids, Silos = silos };
    }

    /// <summary>
    /// What a table lacks of what was known; null: nothing. A mark that may have been removed with those of silos that
    /// are gone shows nothing.
    /// </summary>
    public static StoreLoss? Between(KnownStore known, StoreTable table)
    {
        if (known.IsEmpty || table.Accepted.Contains(known.Id!))
            return null;
        var isOther = known.Id != table.Id;
        var silos = known.Marks.Where(mark => isOther
                || (table.Marks.TryGetValue(mark.Key, out var present) ? present.Number < mark.Value.Number
                    : mark.Value.At > table.PrunedUpTo))
            .ToDictionary(mark => mark.Key, mark => known.IsExact && mark.Key == known.Silo);
        var journals = new Dictionary<string, ShortJournal>();
        foreach (var (actor, head) in known.Heads)
        {
            var present = table.Heads.GetValueOrDefault(actor);
            if (present.Sequence < head.Sequence || present.Differs(head))
                journals[actor] = ShortJournal.Of(present, head);
        }
        if (!isOther && silos.Count == 0 && journals.Count == 0)
            return null;
        // Of a silo that wrote until the end of what is left, or later, batches may be lost that only it knows.
        var end = table.Marks.Count > 0 ? table.Marks.Values.Max(mark => mark.At) - LearntWithinSeconds : long.MinValue;
        foreach (var (silo, mark) in known.Marks)
        {
            if (mark.At >= end)
                silos[silo] = known.IsExact && silo == known.Silo;
        }
        return new StoreLoss(null, false, journals) { Ids = new HashSet<string> { known.Id! }, Silos = silos };
    }

    /// <summary>What a silo adds to a loss that others found and it knows nothing of: all that it wrote is
    /// there.</summary>
    public static StoreLoss NothingOf(string silo) => new(null, true, new Dictionary<string, ShortJournal>())
    {
        Silos = new Dictionary<string, bool> { [silo] = true },
    };

    /// <summary>Two findings as one.</summary>
    public static StoreLoss? Merge(StoreLoss? one, StoreLoss? other)
    {
        if (one is null || other is null)
            return one ?? other;
        var journals = one.Journals.ToDictionary();
        foreach (var (actor, journal) in other.Journals)
            journals[actor] = ShortJournal.Merge(journals.GetValueOrDefault(actor), journal);
        var silos = one.Silos.ToDictionary();
        foreach (var (silo, self) in other.Silos)
            silos[silo] = silos.GetValueOrDefault(silo) || self;
        return one with { Journals = journals, Silos = silos, Ids = one.Ids.Union(other.Ids).ToHashSet() };
    }
}

/// <summary>A journal that lacks records.</summary>
/// <param name="From">The last record that it still has as it was.</param>
/// <param name="To">The last record that was known.</param>
/// <param name="Link">The hash of that record; empty: not known.</param>
internal sealed record ShortJournal(long From, long To, string Link)
{
    /// <summary>A journal whose head is another one than was known.</summary>
    public static ShortJournal Of(StoreHead present, StoreHead known) =>
        new(Math.Min(present.Sequence, known.Sequence - 1), known.Sequence, known.Link);

    /// <summary>The most that two silos know of it.</summary>
    public static ShortJournal Merge(ShortJournal? one, ShortJournal other) => one is null ? other
        : new ShortJournal(Math.Min(one.From, other.From), Math.Max(one.To, other.To),
            one.To >= other.To ? one.Link : other.Link);
}
