using Jobtree.Core.Model;

namespace Jobtree.Core.Scheduling;

/// <summary>What pending reservations are to claim on one envelope.</summary>
/// <param name="envelope">The envelope.</param>
internal sealed class EnvelopeCommitment(EnvelopeKey envelope)
{
    /// <summary>The envelope.</summary>
    public EnvelopeKey Envelope { get; } = envelope;

    /// <summary>How many reservations it pays for.</summary>
    public int Reservations { get; set; }

    /// <summary>GPUs committed to reservations behind a run, while the sum for that run is made; else 0.</summary>
    public int Behind { get; set; }
}
