namespace Jobtree.Core.Forecasting;

/// <summary>
/// How late runs that had waited started, against the median of the forecast made when they began to wait. It is part
/// of the state that the ledger rebuilds, so a restart of the host does not reset it.
/// </summary>
public sealed class Lateness
{
    private static readonly double[] Bounds = [-86400, -21600, -3600, -900, -300, -60, 0, 60, 300, 900, 3600, 21600,
        86400];

    private readonly long[] counts = new long[Bounds.Length + 1];
    private double sumSeconds;

    /// <summary>The upper bounds of the counts in seconds, ascending: a day early to a day late.</summary>
    public static IReadOnlyList<double> BoundsSeconds => Bounds;

    /// <summary>
    /// Called with the lateness of each start, for hosts that measure it; it must not throw. A host sets it after
    /// recovery, so that it is not called for starts of the past.
    /// </summary>
    public Action<TimeSpan>? Heard { get; set; }

    /// <summary>Counts a start.</summary>
    /// <param name="late">Real minus forecast start; negative: it was early.</param>
    public void Add(TimeSpan late)
    {
        var found = Array.BinarySearch(Bounds, late.TotalSeconds);
        counts[found >= 0 ? found : ~found]++;
        sumSeconds += late.TotalSeconds;
        Heard?.Invoke(late);
    }

    /// <summary>The counts as they are now.</summary>
    public LatenessCounts Take() => new([.. counts], sumSeconds);

    /// <summary>Takes over what <see cref="Take"/> gave. Counts of other bounds, or none, leave it empty.</summary>
    /// <param name="past">The counts.</param>
    public void Import(LatenessCounts? past)
    {
        if (past?.Counts.Count != counts.Length)
            return;
        for (var i = 0; i < counts.Length; i++)
            counts[i] = past.Counts[i];
        sumSeconds = past.SumSeconds;
    }
}

/// <summary>
/// Starts of runs that had waited, counted by how late they came against the median of their forecast.
/// </summary>
/// <param name="Counts">Starts up to each bound of <see cref="Lateness.BoundsSeconds"/> and above the one before, and
/// at last those above all.</param>
/// <param name="SumSeconds">Their lateness in all, in seconds; what was early counts below zero.</param>
public sealed record LatenessCounts(IReadOnlyList<long> Counts, double SumSeconds);
