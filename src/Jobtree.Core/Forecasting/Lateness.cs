namespace Jobtree.Core.Forecasting;

/// <summary>
/// How late runs that waited started, relative to the median forecast made when they began to wait. It is part of the
/// state that the ledger rebuilds, so a restart of the host does not reset it.
/// </summary>
public sealed class Lateness
{
    private static readonly double[] Bounds = [-86400, -21600, -3600, -900, -300, -60, 0, 60, 300, 900, 3600, 21600,
        86400];

    private readonly long[] counts = new long[Bounds.Length + 1];
    private double sumSeconds;

    /// <summary>The ascending upper bounds of the counts in seconds, from a day early to a day late.</summary>
    public static IReadOnlyList<double> BoundsSeconds => Bounds;

    /// <summary>
    /// Called with the lateness of each start, for hosts that measure it; it must not throw. A host sets it after
    /// recovery, so that it is not called for replayed starts.
    /// </summary>
    public Action<TimeSpan>? Heard { get; set; }

    /// <summary>Counts a start.</summary>
    /// <param name="late">Actual minus forecast start; negative if early.</param>
    public void Add(TimeSpan late)
    {
        var found = Array.BinarySearch(Bounds, late.TotalSeconds);
        counts[found >= 0 ? found : ~found]++;
        sumSeconds += late.TotalSeconds;
        Heard?.Invoke(late);
    }

    /// <summary>Copies the present counts.</summary>
    public LatenessCounts Take() => new([.. counts], sumSeconds);

    /// <summary>Restores what <see cref="Take"/> returned. Null, or counts for other bounds, leave it empty.</summary>
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

/// <summary>Starts of runs that waited, counted by lateness relative to the median forecast.</summary>
/// <param name="Counts">For each bound of <see cref="Lateness.BoundsSeconds"/>, the starts up to it and above the
/// previous bound; last, the starts above all bounds.</param>
/// <param name="SumSeconds">Their total lateness in seconds; early starts count as negative.</param>
public sealed record LatenessCounts(IReadOnlyList<long> Counts, double SumSeconds);
