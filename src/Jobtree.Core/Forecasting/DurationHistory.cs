using Jobtree.Core.Scheduling;

namespace Jobtree.Core.Forecasting;

/// <summary>
/// How long past runs took: the last <see cref="Depth"/> durations of each owner by width, of each owner, and of all
/// owners together. The latter serve owners without a history. And how true statements were: what each owner's last
/// <see cref="Depth"/> runs that stated a duration took for each second of it.
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

    /// <summary>The most groups that <see cref="Export"/> returns.</summary>
    public const int GroupsMax = OwnersMax + WidthsMax + 1;

    /// <summary>How many durations of a group weigh as much as the estimate from the group around it.</summary>
    private const double PriorWeight = 4;

    /// <summary>
    /// The least part of a statement that counts. A record of short runs with long statements is cheap to make, so it
    /// may shorten a later statement only so far.
    /// </summary>
    public const double StatementLeast = 0.25;

    /// <summary>How many runs that outlived their statements as much are enough to tell what they still took.</summary>
    private const int EnoughOutlived = 4;

    private static readonly TimeSpan ExpectedMax = TimeSpan.FromDays(3650);

    // A run that took more than this for a stated second is counted so. Sums of Depth such values do not overflow.
    private static readonly TimeSpan PerSecondMax = TimeSpan.FromSeconds(1e9);

    private readonly Dictionary<string, DurationRing> owners = [];
    private readonly Dictionary<(string Owner, int Width), DurationRing> widths = [];
    private readonly Dictionary<string, DurationRing> statements = [];
    private readonly DurationRing all = new();

    /// <summary>The duration assumed for a run while there is no history at all.</summary>
    public static TimeSpan Unknown { get; } = TimeSpan.FromHours(1);

    /// <summary>Adds a run that ended by itself.</summary>
    /// <param name="owner">The run's owner.</param>
    /// <param name="gpus">Its GPUs.</param>
    /// <param name="duration">How long it ran.</param>
    /// <param name="stated">How long it stated that it would run. Null if it did not.</param>
    public void Add(string owner, int gpus, TimeSpan duration, TimeSpan? stated = null)
    {
        RingOf(owners, owner, OwnersMax).Add(duration);
        RingOf(widths, (owner, WidthOf(gpus)), WidthsMax).Add(duration);
        all.Add(duration);
        if (stated > TimeSpan.Zero)
            RingOf(statements, owner, OwnersMax).Add(PerSecond(duration, stated.Value));
    }

    /// <summary>
    /// What a statement of an owner counts for: the stated duration, times what its past runs took for a stated second
    /// on average. The fewer they are, the more it is taken at its word; with <see cref="Depth"/> of them, no more.
    /// </summary>
    /// <remarks>
    /// So an owner who states each duration as the same multiple of the truth is, in the end, expected to take what it
    /// takes. And whatever it states, its runs are on average expected to take no less than they take: the mean of
    /// statement over truth, times the mean of truth over statement, is at least 1.
    /// </remarks>
    /// <param name="owner">The owner.</param>
    /// <param name="stated">What it states.</param>
    public TimeSpan Corrected(string owner, TimeSpan stated)
    {
        if (FactorOf(owner) is not { } factor)
            return stated;
        return stated < ExpectedMax / factor ? stated * factor : ExpectedMax;
    }

    /// <summary>By what an owner's statements are multiplied. Null if nothing is known of them.</summary>
    /// <param name="owner">The owner.</param>
    public double? FactorOf(string owner)
    {
        if (!statements.TryGetValue(owner, out var taken))
            return null;
        var prior = PriorWeight * (1 - ((double)taken.Count / Depth));
        // Rounded, so that statements that were exactly true leave the next one exactly as it is.
        return Math.Max(
            StatementLeast, Math.Round(taken.MeanTicks(TimeSpan.TicksPerSecond, prior) / TimeSpan.TicksPerSecond, 6));
    }

    /// <summary>
    /// What an owner's runs still took when they had outlived their statement as much as a run has: the median. Null if
    /// too few did.
    /// </summary>
    /// <param name="owner">The owner.</param>
    /// <param name="stated">What the run states.</param>
    /// <param name="age">How long it has run.</param>
    public TimeSpan? StillTook(string owner, TimeSpan stated, TimeSpan age)
    {
        if (stated <= TimeSpan.Zero || !statements.TryGetValue(owner, out var taken))
            return null;
        var past = PerSecond(age, stated);
        return taken.MedianAbove(past, EnoughOutlived) is { } then ? stated * ((then - past) / TimeSpan.FromSeconds(1))
            : null;
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

    /// <summary>How long a run is expected to take: what it states, corrected; else a mean of past runs.</summary>
    /// <param name="demand">The run.</param>
    public TimeSpan Expected(Demand demand) => demand.ExpectedDuration is { } stated
        ? Corrected(demand.Owner, stated) : Mean(demand.Owner, demand.Gpus);

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

    /// <summary>What runs took for each second that they stated, by owner, oldest first.</summary>
    public IEnumerable<(string Owner, IReadOnlyList<TimeSpan> PerSecond)> ExportStatements() =>
        statements.OrderBy(owner => owner.Key, StringComparer.Ordinal)
            .Select(owner => (owner.Key, owner.Value.Export()));

    /// <summary>Restores what <see cref="ExportStatements"/> returned.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="perSecond">What its runs took for each second that they stated, oldest first.</param>
    public void ImportStatements(string owner, IEnumerable<TimeSpan> perSecond)
    {
        var ring = RingOf(statements, owner, OwnersMax);
        foreach (var taken in perSecond)
            ring.Add(taken < PerSecondMax ? taken : PerSecondMax);
    }

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

    private static TimeSpan PerSecond(TimeSpan duration, TimeSpan stated) =>
        TimeSpan.FromSeconds(Math.Min(duration / stated, PerSecondMax.TotalSeconds));

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
