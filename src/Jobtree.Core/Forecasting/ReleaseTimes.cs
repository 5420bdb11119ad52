namespace Jobtree.Core.Forecasting;

/// <summary>
/// Finds when enough GPUs will have been released. It uses a weighted quickselect (Hoare 1961) instead of sorting,
/// because under load this runs for every run that joins the queue.
/// </summary>
internal static class ReleaseTimes
{
    /// <summary>The earliest time by which releases add up to the missing GPUs.</summary>
    /// <param name="releases">Pairs of time in ticks and GPUs; reordered.</param>
    /// <param name="missing">GPUs missing, at least 1; reduced by those released by the time returned. A result above 0
    /// means that all releases together are not enough.</param>
    public static long Until(Span<(long Remaining, int Gpus)> releases, ref long missing)
    {
        var time = 0L;
        while (releases.Length > 0)
        {
            var pivot = Pivot(releases);
            int low = 0, high = releases.Length;
            var released = 0L;
            for (var i = 0; i < high;)
            {
                if (releases[i].Remaining < pivot)
                {
                    released += releases[i].Gpus;
                    (releases[low], releases[i]) = (releases[i], releases[low]);
                    low++;
                    i++;
                }
                else if (releases[i].Remaining > pivot)
                {
                    high--;
                    (releases[high], releases[i]) = (releases[i], releases[high]);
                }
                else
                {
                    i++;
                }
            }
            if (released >= missing)
            {
                releases = releases[..low];
                continue;
            }
            missing -= released;
            for (var i = low; i < high; i++)
                missing -= releases[i].Gpus;
            time = pivot;
            if (missing <= 0)
                return time;
            releases = releases[high..];
        }
        return time;
    }

    private static long Pivot(Span<(long Remaining, int Gpus)> releases)
    {
        var (first, middle, last) = (releases[0].Remaining, releases[releases.Length / 2].Remaining, releases[^1]
            .Remaining);
        return Math.Max(Math.Min(first, middle), Math.Min(Math.Max(first, middle), last));
    }
}
