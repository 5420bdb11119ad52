using Jobtree.Actors.Envelopes;

namespace Jobtree.Actors.Ports;

/// <summary>
/// A budget envelope: sole writer of the claims on it, their classes as its flavor tells them, and its metering.
/// </summary>
public interface IEnvelope
{
    /// <summary>Takes in changes of claims. At least once, in order; what was seen is ignored.</summary>
    /// <param name="facts">The changes.</param>
    ValueTask Notify(EnvelopeFacts facts);

    /// <summary>Use by class, now and metered up to now.</summary>
    ValueTask<EnvelopeMeter> Usage();
}
