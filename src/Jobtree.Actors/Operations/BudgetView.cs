using Jobtree.Core.Model;

namespace Jobtree.Actors.Operations;

/// <summary>A budget and its notices.</summary>
/// <param name="Budget">The budget.</param>
/// <param name="EndingSoon">Envelopes whose window ends within <c>autoRenew.notifyBefore</c>.</param>
public sealed record BudgetView(Budget Budget, IReadOnlyList<string> EndingSoon);

/// <summary>The use of an envelope.</summary>
/// <param name="Envelope">The envelope.</param>
/// <param name="Owner">Whose it is.</param>
/// <param name="Flavor">The GPU flavor.</param>
/// <param name="Concurrency">Its width in GPUs.</param>
/// <param name="Open">Whether its window is open.</param>
/// <param name="Gpus">GPUs of the claims on it now, by class; spares are counted with the rest.</param>
/// <param name="SpareGpus">How many of these are spares.</param>
/// <param name="Headroom">GPUs that a claim of its owner would still find funded.</param>
/// <param name="GpuHours">GPU-hours of the claims on it so far, by class.</param>
/// <param name="Start">The window's first instant.</param>
/// <param name="End">The first instant after the window.</param>
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
    DateTimeOffset Start,
    DateTimeOffset End);
