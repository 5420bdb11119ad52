using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>A budget and its notices.</summary>
/// <param name="Budget">The budget.</param>
/// <param name="EndingSoon">Envelopes whose window ends within <c>autoRenew.notifyBefore</c>.</param>
public sealed record BudgetView(Budget Budget, IReadOnlyList<string> EndingSoon);

/// <summary>The use of an envelope, or of all envelopes under an aggregate cap.</summary>
/// <param name="Envelope">The envelope, or the cap.</param>
/// <param name="Owner">The envelope's owner.</param>
/// <param name="Flavor">The GPU flavor.</param>
/// <param name="Concurrency">The envelope's width in GPUs.</param>
/// <param name="Open">Whether the envelope's window is open.</param>
/// <param name="Gpus">GPUs now claimed on it, by class, spares included.</param>
/// <param name="SpareGpus">The number of these that are spares.</param>
/// <param name="Headroom">The GPUs that it could fund beside all that it funds now, of whomever; 0 outside its window.
/// Caps over it count as well.</param>
/// <param name="GpuHours">GPU-hours claimed on it so far, by class, since its budget was made for its owner.</param>
/// <param name="Start">The window's first instant; absent: it has always been open.</param>
/// <param name="End">The first instant after the window; absent: it stays open.</param>
/// <param name="Recallable">The GPUs beyond the headroom that its owner could recall from its family.</param>
/// <param name="Promised">GPUs that reservations are to claim on it.</param>
/// <param name="MaxGpuHours">GPU-hours meant to be used on it, if stated. Gates nothing.</param>
/// <param name="CapOver">For a cap, the names of the envelopes under it, whose use it sums. Absent for an envelope.
/// </param>
/// <param name="Earlier">What earlier budgets of this name were charged, oldest first; absent if there were none.
/// </param>
public sealed record EnvelopeUsage(
    EnvelopeKey Envelope,
    string Owner,
    string Flavor,
    int Concurrency,
    bool Open,
    ClassSplit Gpus,
    int SpareGpus,
    int Headroom,
    ClassSplit GpuHours,
    DateTimeOffset? Start,
    DateTimeOffset? End,
    int Recallable = 0,
    int Promised = 0,
    double? MaxGpuHours = null,
    IReadOnlyList<string>? CapOver = null,
    IReadOnlyList<EarlierUsage>? Earlier = null)
{
    /// <summary>The use of a cap.</summary>
    /// <param name="budget">Its budget.</param>
    /// <param name="cap">The cap.</param>
    /// <param name="usage">The use of the budget's envelopes.</param>
    internal static EnvelopeUsage Of(Budget budget, AggregateCap cap, IReadOnlyList<EnvelopeUsage> usage)
    {
        EnvelopeUsage[] under = [.. usage.Where(envelope => envelope.CapOver is null
            && envelope.Envelope.Budget == budget.Key && cap.Envelopes.Contains(envelope.Envelope.Envelope))];
        var gpus = under.Aggregate(default(ClassSplit), (sum, envelope) => sum + envelope.Gpus);
        var concurrency = under.Sum(envelope => envelope.Concurrency);
        return new EnvelopeUsage(new EnvelopeKey(budget.Key, cap.Name), budget.Owner, cap.Flavor,
            cap.MaxConcurrency ?? concurrency, under.Any(envelope => envelope.Open), gpus,
            under.Sum(envelope => envelope.SpareGpus),
            Math.Min(under.Sum(envelope => envelope.Headroom),
                (cap.MaxConcurrency ?? concurrency) - (int)(gpus.Total() - gpus.Unfunded)),
            under.Aggregate(default(ClassSplit), (sum, envelope) => sum + envelope.GpuHours), null, null,
            Recallable: under.Sum(envelope => envelope.Recallable), Promised: under.Sum(envelope => envelope.Promised),
            MaxGpuHours: cap.MaxGPUHours, CapOver: cap.Envelopes);
    }
}

/// <summary>What a budget was charged that was deleted, or passed to another owner.</summary>
/// <param name="Owner">Its owner.</param>
/// <param name="Until">When that was.</param>
/// <param name="GpuHours">GPU-hours by class.</param>
public sealed record EarlierUsage(string Owner, DateTimeOffset Until, ClassSplit GpuHours);
