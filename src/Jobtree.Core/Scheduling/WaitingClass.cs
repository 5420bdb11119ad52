using Jobtree.Core.Forecasting;
using Jobtree.Core.Funding;
using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// Waiting runs that are alike in everything that decides whether they can start: owner, widths, locality and funding
/// terms. If the first cannot start, neither can the others, so a pass over the queue tries one run per class.
/// </summary>
internal sealed class WaitingClass(Demand sample)
{
    private readonly SortedSet<WaitingRun> runs = new(WaitingOrder.Instance);
    private readonly SortedSet<WaitingRun> unreserved = new(WaitingOrder.Instance);
    private readonly int[] counts = new int[(int)WaitingKind.Singular + 1];
    private WaitingRun? first;
    private WaitingRun? firstUnreserved;
    private List<WaitingRun>? behind;

    /// <summary>GPUs that each run of the class asks for.</summary>
    public int Gpus { get; } = sample.Gpus;

    /// <summary>The demand of a new run of this class, for questions of funding.</summary>
    public Demand New { get; } = sample.AdmittedAt is null ? sample : sample with { AdmittedAt = null };

    /// <summary>What its runs ask for together.</summary>
    public QueuedWork Work { get; private set; }

    /// <summary>The number of its runs.</summary>
    public int Count => runs.Count;

    /// <summary>Whether it has no runs left.</summary>
    public bool IsEmpty => runs.Count == 0;

    /// <summary>Its first run in queue order.</summary>
    public WaitingRun First => first ??= runs.Min!;

    /// <summary>The first run without a reservation.</summary>
    public WaitingRun? FirstUnreserved => firstUnreserved ??= unreserved.Min;

    /// <summary>The first run with a reservation and no slice. Null if there is none.</summary>
    public WaitingRun? FirstWithoutSlice
    {
        get
        {
            foreach (var waiting in runs)
            {
                if (waiting is { Reservation: not null, HasSlice: false })
                    return waiting;
            }
            return null;
        }
    }

    /// <summary>
    /// Whether some run of the class stated its duration. Otherwise all have the same expected duration.
    /// </summary>
    public bool StatesDurations { get; private set; }

    /// <summary>The stamp at which its runs were last found not to fit.</summary>
    public PlacementStamp? NoFitAt { get; set; }

    /// <summary>
    /// When cuts for one of its runs were last found to destroy too much. Time alone may change that.
    /// </summary>
    public DateTimeOffset? WithheldAt { get; set; }

    /// <summary>The stamp at which nothing more could be reclaimed or reserved for its runs.</summary>
    public FundingStamp? FundingExhaustedAt { get; set; }

    /// <summary>
    /// The cover of a new run of this class, and the funding book's count of changes when it was chosen.
    /// </summary>
    public (long At, Cover Cover)? NewCover { get; set; }

    /// <summary>The cover of the first run at that run's place in the funding order, and the same count.</summary>
    public (long At, Demand Demand, Cover Cover)? FirstCover { get; set; }

    /// <summary>
    /// Whether its runs would be funded if there were no claims, and the version of the terms at which that was asked.
    /// </summary>
    public (long Terms, bool Could)? EverFundable { get; set; }

    /// <summary>The cache of what its owner's family could fund.</summary>
    public FamilyRoom? Family { get; set; }

    /// <summary>Adds a run without a reservation.</summary>
    public void Add(WaitingRun waiting)
    {
        runs.Add(waiting);
        Work = Work.With(waiting.Demand);
        unreserved.Add(waiting);
        counts[(int)waiting.Kind]++;
        StatesDurations |= waiting.Demand.ExpectedDuration is not null;
        (first, firstUnreserved, behind) = (null, null, null);
        Changed();
    }

    /// <summary>Removes a run without a reservation.</summary>
    public void Remove(WaitingRun waiting)
    {
        runs.Remove(waiting);
        Work = Work.Without(waiting.Demand);
        unreserved.Remove(waiting);
        counts[(int)waiting.Kind]--;
        (first, firstUnreserved, behind) = (null, null, null);
        Changed();
    }

    /// <summary>Records that the reservation of a run was made, replanned or released.</summary>
    /// <param name="waiting">The run, after the change.</param>
    /// <param name="before">Its kind before the change.</param>
    /// <returns>Whether the run got its first reservation.</returns>
    public bool Reserve(WaitingRun waiting, WaitingKind before)
    {
        if (waiting.Kind != before)
        {
            counts[(int)before]--;
            counts[(int)waiting.Kind]++;
            behind = null;
        }
        var changed = waiting.Reservation is null ? unreserved.Add(waiting) : unreserved.Remove(waiting);
        if (changed)
            (firstUnreserved, behind) = (null, null);
        return changed && waiting.Reservation is not null;
    }

    /// <summary>Forgets failed tries, because another run may be first now.</summary>
    public void Changed() => (NoFitAt, FundingExhaustedAt) = (null, null);

    /// <summary>
    /// The runs to try if the first of the class cannot start, in queue order. If some run states its duration, these
    /// are all runs within the depth. Otherwise, one of each kind, except the kind of the first.
    /// </summary>
    /// <param name="depth">How many runs behind the first are considered. Must be the same at every call.</param>
    public IReadOnlyList<WaitingRun> Behind(int depth)
    {
        if (behind is not null)
            return behind;
        behind = [];
        Span<int> seen = stackalloc int[counts.Length];
        seen.Clear();
        seen[(int)First.Kind] = 1;
        if (First.Reservation is not null)
            seen[(int)WaitingKind.Unplanned]++; // What cannot start with its own slice cannot start without one.
        var left = depth;
        foreach (var waiting in runs)
        {
            if (waiting == First)
                continue;
            if (left-- == 0 || (!StatesDurations && IsAllSeen(seen)))
                break;
            var kind = waiting.Kind;
            if (seen[(int)kind]++ == 0 || StatesDurations || kind == WaitingKind.Singular)
                behind.Add(waiting);
        }
        return behind;
    }

    /// <summary>Whether every run still to come is like one already seen.</summary>
    private bool IsAllSeen(ReadOnlySpan<int> seen) =>
        seen[(int)WaitingKind.Singular] == counts[(int)WaitingKind.Singular]
            && (seen[(int)WaitingKind.New] > 0 || counts[(int)WaitingKind.New] == 0)
            && (seen[(int)WaitingKind.Unplanned] > 0 || counts[(int)WaitingKind.Unplanned] == 0);

    /// <summary>The queue's key for a demand.</summary>
    public static string KeyOf(Demand demand) => string.Join('|',
        demand.EarlyCuts >= WaitingRun.EarlyCutsFree ? demand.Run : "", // It may have to wait where others need not.
        demand.Owner, DurationOf(demand), demand.Gpus, demand.GroupGpus, demand.OneDomain, demand.SparesPerGroup,
            demand.GpusMin, demand.GpusStep, demand.Level, demand.LevelRequired,
        Pairs(demand.Selector), demand.Funding is { AllowBorrow: true } funding
            ? $"{funding.MaxBorrowGPUs}:{string.Join(',', funding.Sponsors)}" : "");

    /// <summary>
    /// The stated duration to the next quarter of a doubling: runs of one class have nearly the same rank when they
    /// have waited equally long.
    /// </summary>
    private static int? DurationOf(Demand demand) => demand.ExpectedDuration is { Ticks: > 0 } stated
        ? (int)Math.Ceiling(4 * Math.Log2(stated.TotalSeconds)) : null;

    /// <summary>A selector as text.</summary>
    internal static string Pairs(IReadOnlyDictionary<string, string>? selector) =>
        selector is null ? "" : string.Join(
            ',', selector.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));
}

/// <summary>The queue order of classes: that of their first runs.</summary>
internal sealed class ClassOrder : IComparer<WaitingClass>
{
    public static ClassOrder Instance { get; } = new();

    public int Compare(WaitingClass? left, WaitingClass? right) =>
        WaitingOrder.Compare(left!.First.Demand, right!.First.Demand);
}
