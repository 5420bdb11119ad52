using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>A budget and its notices.</summary>
/// <param name="Budget">The budget.</param>
/// <param name="EndingSoon">Envelopes whose window ends within <c>autoRenew.notifyBefore</c>.</param>
public sealed record BudgetView(Budget Budget, IReadOnlyList<string> EndingSoon);

/// <summary>The use of an envelope.</summary>
/// <param name="Envelope">The envelope.</param>
/// <param name="Owner">The envelope's owner.</param>
/// <param name="Flavor">The GPU flavor.</param>
/// <param name="Concurrency">The envelope's width in GPUs.</param>
/// <param name="Open">Whether the envelope's window is open.</param>
/// <param name="Gpus">GPUs now claimed on it, by class, spares included.</param>
/// <param name="SpareGpus">The number of these that are spares.</param>
/// <param name="Headroom">The GPUs that it could fund beside all that it funds now, of whomever; 0 outside its window.
/// Caps over it count as well.</param>
/// <param name="GpuHours">GPU-hours claimed on it so far, by class.</param>
/// <param name="Start">The window's first instant; absent: it has always been open.</param>
/// <param name="End">The first instant after the window; absent: it stays open.</param>
/// <param name="Recallable">The GPUs beyond the headroom that its owner could recall from its family.</param>
/// <param name="Promised">GPUs that reservations are to claim on it.</param>
/// <param name="MaxGpuHours">GPU-hours meant to be used on it, if stated. Gates nothing.</param>
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
    double? MaxGpuHours = null);
