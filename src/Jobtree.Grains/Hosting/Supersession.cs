using Jobtree.Actors.Ports;
using Jobtree.Grains.Journals;

namespace Jobtree.Grains.Hosting;

/// <summary>
/// Finds out whether another activation of an actor has written since this one read the journal: a silo that was taken
/// for dead may go on, and what it writes is accepted until this activation writes. What this one knows is then past.
/// </summary>
/// <param name="services">The services of the grain.</param>
/// <param name="actor">The actor.</param>
/// <param name="last">The number of the last record that this activation knows.</param>
internal sealed class Supersession(ActorServices services, ActorKey actor, Func<long> last)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    private long lookedAt = services.Time.GetTimestamp();

    /// <summary>Looks, if the last time is long enough ago for a read to ask again.</summary>
    /// <returns>Whether another activation has written. False also if the store does not answer, which is no reason to
    /// say less than what is known.</returns>
    public async ValueTask<bool> IsFoundByRead()
    {
        if (services.Options.LooksPerSweep == 0 || services.Time.GetElapsedTime(lookedAt) < LookEvery)
            return false;
        lookedAt = services.Time.GetTimestamp();
        try
        {
            return await IsFound(CancellationToken.None);
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Looks now.</summary>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="IOException">The store does not answer.</exception>
    public async ValueTask<bool> IsFound(CancellationToken cancellation)
    {
        var beyond = await services.Journals.ReadEnd(actor, last() + 1, 1, cancellation);
        // This activation may have written meanwhile.
        return beyond is [var (sequence, _), ..] && sequence > last();
    }
}
