using Jobtree.Actors.Envelopes;

namespace Jobtree.Actors.Ports;

/// <summary>
/// A budget envelope: sole writer of its claims, their classes as the flavor reports them, and its metering.
/// </summary>
public interface IEnvelope
{
    /// <summary>Applies claim changes. Delivered at least once and in order; repeats are ignored.</summary>
    /// <param name="facts">The changes.</param>
    ValueTask Notify(EnvelopeFacts facts);

    /// <summary>Current use by class, and use metered up to now.</summary>
    ValueTask<EnvelopeMeter> Usage();
}
