namespace Jobtree.Core.Forecasting;

/// <summary>
/// How long past runs took: the last <see cref="Depth"/> durations of each owner, and of all owners together, which
/// stand in for an owner without a past.
/// </summary>
public sealed class DurationHistory
{
    /// <summary>How many durations of an owner are remembered.</summary>
    public const int Depth = 64;

    /// <summary>
    /// The most owners that have a history of their own; the one with the fewest runs is dropped for a new one.
    /// </summary>
    public const int OwnersMax = 10_000;

    private readonly Dictionary<string, DurationRing> owners = [];
    private readonly DurationRing all = new();

    /// <summary>What is assumed of a run while nothing at all is known.</summary>
    public static TimeSpan Unknown { get; } = TimeSpan.FromHours(1);

    /// <summary>Learns from a run that ended by itself.</summary>
    /// <param name="owner">Its owner.</param>
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
    /// The median of an owner's past durations, of everybody's where it has none, else <see cref="Unknown"/>.
    /// </summary>
    /// <param name="owner">The owner.</param>
    public TimeSpan Median(string owner) =>
        owners.GetValueOrDefault(owner)?.Quantile(0.5) ?? all.Quantile(0.5) ?? Unknown;

    /// <summary>The mean of everybody's past durations, else <see cref="Unknown"/>.</summary>
    public TimeSpan Mean() => all.Count > 0 ? all.Mean() : Unknown;

    /// <summary>The durations, oldest first, by owner; the empty name stands for all.</summary>
    public IEnumerable<(string Owner, IReadOnlyList<TimeSpan> Durations)> Export() =>
        owners.OrderBy(owner => owner.Key, StringComparer.Ordinal).Select(owner => (owner.Key, owner.Value.Export()))
            .Append(("", all.Export()));

    /// <summary>Takes over what <see cref="Export"/> gave.</summary>
    /// <param name="owner">The owner, or the empty name.</param>
    /// <param name="durations">Its durations, oldest first.</param>
    public void Import(string owner, IEnumerable<TimeSpan> durations)
    {
        var ring = all;
        if (owner.Length > 0 && !owners.TryGetValue(owner, out ring))
            owners.Add(owner, ring = new DurationRing());
        foreach (var duration in durations)
            ring.Add(duration);
    }
}
