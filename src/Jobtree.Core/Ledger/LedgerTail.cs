using System.Globalization;

namespace Jobtree.Core.Ledger;

/// <summary>The last records of a ledger as its store has them, checked against the live state.</summary>
/// <param name="Missing">The number of records that the store does not have.</param>
/// <param name="Violations">What is wrong with the records and their chain.</param>
public sealed record LedgerTail(long Missing, IReadOnlyList<AuditViolation> Violations)
{
    /// <summary>A tail with nothing wrong.</summary>
    public static LedgerTail Whole { get; } = new(0, []);

    /// <summary>Checks records.</summary>
    /// <param name="flavor">The flavor.</param>
    /// <param name="records">The records from some number on, with the numbers that the store gives them, ascending.
    /// The store may have trimmed earlier ones, but never the last.</param>
    /// <param name="last">The number of the last entry of the live state.</param>
    /// <param name="head">The link after that entry.</param>
    public static LedgerTail Check(
        string flavor, IReadOnlyList<(long Sequence, ReadOnlyMemory<byte> Record)> records, long last, string head)
    {
        if (last == 0)
            return Whole;
        var violations = new List<AuditViolation>();
        var missing = 0L;
        string? link = null;
        var next = records.Count > 0 ? records[0].Sequence : last;
        foreach (var (sequence, record) in records)
        {
            if (sequence > last)
                break;
            if (sequence != next)
            {
                missing += sequence - next;
                link = null;
            }
            if (ProblemOf(record.Span, sequence, link) is { } problem)
                Add(sequence, problem);
            link = HashChain.Link(record.Span);
            next = sequence + 1;
        }
        if (next <= last)
            missing += last - next + 1;
        else if (link is not null && link != head)
            Add(last, "it is another entry than the one that the state was made by");
        if (missing > 0)
            Add(last, string.Create(CultureInfo.InvariantCulture, $"{missing} entries before or at it are missing"));
        return missing == 0 && violations.Count == 0 ? Whole : new LedgerTail(missing, violations);

        void Add(long sequence, string what) => violations.Add(new AuditViolation(9,
            string.Create(CultureInfo.InvariantCulture, $"{flavor}, entry {sequence}"),
            $"the store's ledger of {flavor} is broken at entry {sequence}: {what}"));
    }

    private static string? ProblemOf(ReadOnlySpan<byte> record, long sequence, string? link)
    {
        try
        {
            var entry = LedgerFormat.Read(record, null);
            if (entry.Sequence != sequence)
                return string.Create(CultureInfo.InvariantCulture, $"it says that it is entry {entry.Sequence}");
            return link is not null && entry.Previous != link ? "it does not follow from the entry before it" : null;
        }
        catch (Exception damaged) when (damaged is not OutOfMemoryException)
        {
            return $"it cannot be read ({damaged.GetType().Name})";
        }
    }
}
