namespace Jobtree.Silo.Chaos.Measuring;

/// <summary>A flavor's way through the loss of a silo.</summary>
/// <param name="Flavor">The flavor.</param>
/// <param name="Fault">What happened to the silo.</param>
/// <param name="At">When, a timestamp.</param>
/// <param name="Sequence">The flavor's last entry just after it.</param>
internal sealed record Failover(string Flavor, string Fault, long At, long Sequence)
{
    private long admittedAt;
    private volatile bool isDisturbed;

    /// <summary>Whether something else was broken before the flavor was back.</summary>
    public bool IsDisturbed => isDisturbed;

    /// <summary>When the next submission that was sent after the fault was bound, a timestamp; 0: none yet.</summary>
    public long AdmittedAt => Volatile.Read(ref admittedAt);

    /// <summary>Something else broke.</summary>
    public void Disturb() => isDisturbed |= AdmittedAt == 0;

    /// <summary>Takes in a submission that was bound; only the first counts.</summary>
    public void Admitted(long began, long now)
    {
        if (began >= At)
            Interlocked.CompareExchange(ref admittedAt, now, 0);
    }
}
