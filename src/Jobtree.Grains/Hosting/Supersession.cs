using Jobtree.Actors.Ports;
using Jobtree.Grains.Journals;

namespace Jobtree.Grains.Hosting;

/// <summary>
/// Finds out whether another activation of an actor has written since this one read the journal: a silo that was taken
/// for dead may go on, and what it writes is accepted until this activation writes; or this silo is the one that was
/// taken for dead. What this activation knows is then past. Use it only on the grain's own scheduler.
/// </summary>
/// <param name="services">The services of the grain.</param>
/// <param name="actor">The actor.</param>
/// <param name="last">The number of the last record that this activation knows.</param>
internal sealed class Supersession(ActorServices services, ActorKey actor, Func<long> last)
{
    /// <summary>
    /// How long an answer may rely on a look. The members need seconds to declare a silo dead, so one that was paused
    /// until then looks before it answers.
    /// </summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    private long lookedAt = services.Time.GetTimestamp();
    private long members = services.Homes.Version;
    private Task<bool>? looking;
    private bool isFound;

    /// <summary>Looks, if the last time is too long ago for an answer, or the members have changed since.</summary>
    /// <returns>Whether another activation has written. False also if the store does not answer and the members are
    /// those of the last look: then it is only away, which is no reason to say less than what is known.</returns>
    /// <exception cref="IOException">The members have changed, and the store does not answer.</exception>
    public ValueTask<bool> IsFoundByRead()
    {
        if (isFound)
            return new ValueTask<bool>(true);
        if (services.Options.LooksPerSweep == 0
            || (members == services.Homes.Version && services.Time.GetElapsedTime(lookedAt) < LookEvery))
            return new ValueTask<bool>(false);
        // Those who come meanwhile wait for the same look: none may answer on the strength of one that has no result.
        return new ValueTask<bool>(looking is { IsCompleted: false } look ? look : looking = Look());
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

    private async Task<bool> Look()
    {
        var (at, now) = (services.Time.GetTimestamp(), services.Homes.Version);
        try
        {
            isFound = await IsFound(CancellationToken.None);
            (lookedAt, members) = (at, now);
            return isFound;
        }
        catch (IOException) when (members == now)
        {
            lookedAt = at;
            return false;
        }
    }
}
