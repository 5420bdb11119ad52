using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>
/// Waiting runs that are alike in all that decides whether they can start: owner, widths, locality and funding terms. When the first of them
/// cannot start, neither can the others, so a pass over the queue looks at one run per class.
/// </summary>
internal sealed class WaitingClass(Demand sample)
{
    /// <summary>GPUs that each of its runs asks for.</summary>
    public int Gpus { get; } = sample.Gpus;

    /// <summary>All its runs in queue order.</summary>
    public SortedSet<WaitingRun> Runs { get; } = new(WaitingOrder.Instance);

    /// <summary>Those of its runs that hold no reservation.</summary>
    public SortedSet<WaitingRun> Unreserved { get; } = new(WaitingOrder.Instance);

    /// <summary>Whether one of its runs said how long it will take: otherwise all are expected to take as long.</summary>
    public bool StatesDurations { get; set; }

    /// <summary>When its runs were last found not to fit.</summary>
    public PassStamp? NoFitAt { get; set; }

    /// <summary>When it was last seen that nothing can be reclaimed or reserved for its runs.</summary>
    public FundingStamp? FundingSeen { get; set; }

    /// <summary>Forgets what was found out: another run is first, or may be.</summary>
    public void Changed() => (NoFitAt, FundingSeen) = (null, null);

    /// <summary>The queue's key for a demand.</summary>
    public static string KeyOf(Demand demand) => string.Join('|',
        demand.Owner, demand.Gpus, demand.GroupGpus, demand.OneDomain, demand.SparesPerGroup, demand.GpusMin, demand.GpusStep,
        Pairs(demand.Selector), demand.Funding is { AllowBorrow: true } funding ? $"{funding.MaxBorrowGPUs}:{string.Join(',', funding.Sponsors)}" : "");

    private static string Pairs(IReadOnlyDictionary<string, string>? selector) =>
        selector is null ? "" : string.Join(',', selector.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));
}
