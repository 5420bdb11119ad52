namespace Jobtree.Core.Forecasting;

/// <summary>
/// How long past runs took: the last <see cref="Depth"/> durations of each owner, and of all owners together. The
/// latter serve owners without a history.
/// </summary>
public sealed class DurationHistory
{
    /// <summary>How many durations are kept for an owner.</summary>
    public const int Depth = 64;

    /// <summary>
    /// The most owners with a history of their own. A new owner replaces the one with the fewest runs.
    /// </summary>
    public const int OwnersMax = 10_000;

    private readonly Dictionary<string, DurationRing> owners = [];
    private readonly DurationRing all = new();

    /// <summary>The duration assumed for a run while there is no history at all.</summary>
    public static TimeSpan Unknown { get; } = TimeSpan.FromHours(1);

    /// <summary>Adds a run that ended by itself.</summary>
    /// <param name="owner">The run's owner.</param>
    /// <param name="duration">How long it ran.</param>
    public void Add(string owner, TimeSpan duration)
    {
        if (!owners.TryGetValue(owner, out var ring))
        {
            if (owners.Count >= OwnersMax)
                owners.Remove(owners.MinBy(other => other.Value.Total).Key);
            owners.Add(owner, ring = new DurationRing());
        }
        ring.Add(duration);
        all.Add(duration);
    }

    /// <summary>
    /// The median of the owner's past durations; of all owners' if it has none; else <see cref="Unknown"/>.
    /// </summary>
    /// <param name="owner">The owner.</param>
    public TimeSpan Median(string owner) =>
        owners.GetValueOrDefault(owner)?.Quantile(0.5) ?? all.Quantile(0.5) ?? Unknown;

    /// <summary>The mean of all owners' past durations, else <see cref="Unknown"/>.</summary>
    public TimeSpan Mean() => all.Count > 0 ? all.Mean() : Unknown;

    /// <summary>The durations by owner, oldest first; the empty name stands for all owners.</summary>
    public IEnumerable<(string Owner, IReadOnlyList<TimeSpan> Durations)> Export() =>
        owners.OrderBy(owner => owner.Key, StringComparer.Ordinal).Select(owner => (owner.Key, owner.Value.Export()))
            .Append(("", all.Export()));

    /// <summary>Restores what <see cref="Export"/> returned.</summary>
    /// <param name="owner">The owner, or the empty name for all owners.</param>
    /// <param name="durations">The owner's durations, oldest first.</param>
    public void Import(string owner, IEnumerable<TimeSpan> durations)
    {
        var ring = all;
        if (owner.Length > 0 && !owners.TryGetValue(owner, out ring))
            owners.Add(owner, ring = new DurationRing());
        foreach (var duration in durations)
            ring.Add(duration);
    }
}
