using Jobtree.Core.Ledger;

namespace Jobtree.Core.Contention;

/// <summary>
/// What owners have used of their allowances: how much work cuts for their runs destroyed beyond what these cuts saved.
/// What is used is given back in the course of time. So a right can be enforced now and then whatever it costs, and yet
/// owners cannot keep destroying each other's work.
/// </summary>
public sealed class CutAllowances
{
    /// <summary>The most owners of whom a use is kept. The use that is longest ago is forgotten first.</summary>
    public const int OwnersMax = 10_000;

    private readonly Dictionary<string, CutAllowanceUse> uses = new(StringComparer.Ordinal);

    /// <summary>How much an owner has used at an instant, in GPU-seconds.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="refill">GPU-seconds that are given back in a second.</param>
    /// <param name="at">The instant.</param>
    public long UsedBy(string owner, double refill, DateTimeOffset at) => !uses.TryGetValue(owner, out var use) ? 0
        : Math.Max(0, use.Used - (long)(refill * Math.Max(0, (at - use.At).TotalSeconds)));

    /// <summary>The uses, in order of owners.</summary>
    public IEnumerable<CutAllowanceUse> Export() => uses.Values.OrderBy(use => use.Owner, StringComparer.Ordinal);

    /// <summary>Records a charge, or a use that <see cref="Export"/> returned.</summary>
    internal void Set(CutAllowanceUse use)
    {
        uses[use.Owner] = use;
        if (uses.Count > OwnersMax)
            uses.Remove(uses.Values.MinBy(other => (other.At, other.Owner))!.Owner);
    }
}

/// <summary>What an owner had used of its allowance at an instant.</summary>
/// <param name="Owner">The owner.</param>
/// <param name="Used">GPU-seconds.</param>
/// <param name="At">The instant of its last charge.</param>
public sealed record CutAllowanceUse(string Owner, long Used, DateTimeOffset At);
