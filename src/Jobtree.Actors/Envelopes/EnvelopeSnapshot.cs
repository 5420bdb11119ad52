using Jobtree.Core.Model;

namespace Jobtree.Actors.Envelopes;

/// <summary>An envelope's state.</summary>
/// <param name="Sequence">The number of the last journal record.</param>
/// <param name="Seen">The last ledger entry seen, by flavor.</param>
/// <param name="GpuSeconds">GPU-seconds by class.</param>
/// <param name="MeteredTo">Up to when they are metered.</param>
/// <param name="Claims">The claims in order of leases.</param>
public sealed record EnvelopeSnapshot(
    long Sequence, IReadOnlyDictionary<string, long> Seen, ClassSplit GpuSeconds, DateTimeOffset MeteredTo,
        IReadOnlyList<EnvelopeClaim> Claims);
