namespace Jobtree.Core.Forecasting;

/// <summary>
/// How long past runs took: the last <see cref="Depth"/> durations of each owner by width, of each owner, and of all
/// owners together. The latter serve owners without a history.
/// </summary>
public sealed class DurationHistory
{
    /// <summary>How many durations are kept for an owner.</summary>
    public const int Depth = 64;

    /// <summary>
    /// The most owners with a history of their own. A new owner replaces the one with the fewest runs.
    /// </summary>
    public const int OwnersMax = 10_000;

    /// <summary>The most owners and widths with a history of their own.</summary>
    private const int WidthsMax = 4 * OwnersMax;

    /// <summary>How many durations of a group weigh as much as the estimate from the group around it.</summary>
    private const double PriorWeight = 4;

    private readonly Dictionary<string, DurationRing> owners = [];
    private readonly Dictionary<(string Owner, int Width), DurationRing> widths = [];
    private readonly DurationRing all = new();

    /// <summary>The duration assumed for a run while there is no history at all.</summary>
    public static TimeSpan Unknown { get; } = TimeSpan.FromHours(1);

    /// <summary>Adds a run that ended by itself.</summary>
    /// <param name="owner">The run's owner.</param>
    /// <param name="gpus">Its GPUs.</param>
    /// <param name="duration">How long it ran.</param>
    public void Add(string owner, int gpus, TimeSpan duration)
    {
        RingOf(owners, owner, OwnersMax).Add(duration);
        RingOf(widths, (owner, WidthOf(gpus)), WidthsMax).Add(duration);
        all.Add(duration);
    }

    /// <summary>
    /// The median of the owner's past durations; of all owners' if it has none; else <see cref="Unknown"/>.
    /// </summary>
    /// <param name="owner">The owner.</param>
    public TimeSpan Median(string owner) =>
        owners.GetValueOrDefault(owner)?.Quantile(0.5) ?? all.Quantile(0.5) ?? Unknown;

    /// <summary>
    /// The expected duration of a run: the mean of its owner's past runs of like width, up to the next power of two.
    /// The fewer there are, the nearer it is to the mean of all of the owner's runs, and that to the mean of all
    /// owners' (shrinkage as in empirical Bayes estimates; Efron and Morris 1975).
    /// </summary>
    /// <param name="owner">The run's owner.</param>
    /// <param name="gpus">Its GPUs.</param>
    public TimeSpan Mean(string owner, int gpus)
    {
        double mean = Mean().Ticks;
        if (owners.TryGetValue(owner, out var own))
            mean = own.MeanTicks(mean, PriorWeight);
        if (widths.TryGetValue((owner, WidthOf(gpus)), out var alike))
            mean = alike.MeanTicks(mean, PriorWeight);
        return new TimeSpan((long)mean);
    }

    /// <summary>The mean of all owners' past durations, else <see cref="Unknown"/>.</summary>
    public TimeSpan Mean() => all.Count > 0 ? all.Mean() : Unknown;

    /// <summary>
    /// The durations by owner, and by owner and width, oldest first; the empty name stands for all owners.
    /// </summary>
    public IEnumerable<(string Owner, int? Width, IReadOnlyList<TimeSpan> Durations)> Export() =>
        owners.OrderBy(owner => owner.Key, StringComparer.Ordinal)
            .Select(owner => (owner.Key, (int?)null, owner.Value.Export()))
            .Concat(widths.OrderBy(group => group.Key.Owner, StringComparer.Ordinal).ThenBy(group => group.Key.Width)
                .Select(group => (group.Key.Owner, (int?)group.Key.Width, group.Value.Export())))
            .Append(("", null, all.Export()));

    /// <summary>Restores what <see cref="Export"/> returned.</summary>
    /// <param name="owner">The owner, or the empty name for all owners.</param>
    /// <param name="width">The width. Null for all widths.</param>
    /// <param name="durations">The durations, oldest first.</param>
    public void Import(string owner, int? width, IEnumerable<TimeSpan> durations)
    {
        var ring = owner.Length == 0 ? all : width is { } gpus ? RingOf(widths, (owner, gpus), WidthsMax)
            : RingOf(owners, owner, OwnersMax);
        foreach (var duration in durations)
            ring.Add(duration);
    }

    /// <summary>The ring of a group. A new group replaces the one with the fewest runs.</summary>
    private static DurationRing RingOf<TKey>(Dictionary<TKey, DurationRing> groups, TKey group, int max)
        where TKey : notnull
    {
        if (groups.TryGetValue(group, out var ring))
            return ring;
        if (groups.Count >= max)
            groups.Remove(groups.MinBy(other => other.Value.Total).Key);
        groups.Add(group, ring = new DurationRing());
        return ring;
    }

    /// <summary>The next power of two.</summary>
    private static int WidthOf(int gpus) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)gpus);
}
