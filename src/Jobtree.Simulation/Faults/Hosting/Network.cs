using Jobtree.Actors.Ports;
using Jobtree.Simulation.Faults.Time;

namespace Jobtree.Simulation.Faults.Hosting;

/// <summary>
/// Carries messages and answers: with delays, so that they overtake each other; some are lost, and some arrive twice.
/// No order is kept. A caller gives up after a while, and what arrives later than that is dropped.
/// </summary>
/// <param name="world">The fleet.</param>
internal sealed class Network(World world)
{
    /// <summary>How long a caller waits.</summary>
    public static readonly long Patience = TimeSpan.FromSeconds(30).Ticks;
    private static readonly long DelayMax = TimeSpan.FromMilliseconds(2).Ticks;
    private static readonly long SlowMax = TimeSpan.FromSeconds(25).Ticks;
    private const ulong Request = 31;
    private const ulong Copy = 32;
    private const ulong Answer = 33;
    private const ulong Lost = 34;
    private const ulong LostAnswer = 35;
    private const ulong Slow = 36;
    private const ulong Repeat = 37;

    private readonly Dictionary<ActorKey, ulong> sent = [];

    /// <summary>Sends a call.</summary>
    public ValueTask<T> Send<T>(Silo from, ActorKey to, string name, Func<Host, ValueTask<T>> invoke,
        bool isRepeatable = false)
    {
        var call = new Call<T>(this, from, to, name, invoke)
        {
            IsRepeatable = isRepeatable,
            Number = sent[to] = sent.GetValueOrDefault(to) + 1,
            Expires = world.Loop.Now + Patience,
        };
        world.Loop.At(call.Expires, call.Expire);
        var chance = ChanceOf(call);
        if (chance.Hits(world.Weather.LostRequests, Lost) && world.Accident("loses the request", call))
            return call.Answer;
        Deliver(call, Delay(chance, Request, call));
        if (isRepeatable && chance.Hits(world.Weather.Duplicates, Repeat)
            && world.Accident("delivers twice the request", call))
            Deliver(call, Delay(chance, Copy, call));
        return call.Answer;
    }

    /// <summary>Carries an answer back, or loses it.</summary>
    public void Reply(Call call, Action deliver)
    {
        var chance = ChanceOf(call);
        if (chance.Hits(world.Weather.LostAnswers, LostAnswer) && world.Accident("loses the answer to", call))
            return;
        world.Loop.In(Delay(chance, Answer, call), deliver);
    }

    /// <summary>Judges what an actor threw.</summary>
    public Exception Judge(Host host, Exception failure) => world.Judge(host, failure);

    private void Deliver(Call call, long delay) => world.Loop.In(delay, () =>
    {
        // What is on its way within one process is gone with it.
        var isGone = world.Store.IsDisk && call.From.IsDead;
        if (world.Loop.Now < call.Expires && !isGone)
            world.Route(call);
    });

    private long Delay(Chance chance, ulong leg, Call call)
    {
        var wait = chance.Below(DelayMax, leg);
        return chance.Hits(world.Weather.SlowMessages, Slow, leg) && world.Accident(
            leg == Answer ? "is slow with the answer to" : "is slow with the request", call)
            ? wait + chance.Below(SlowMax, leg, 1) : wait;
    }

    private Chance ChanceOf(Call call) =>
        world.Chance.For(Chance.KeyOf(call.To.Name) + (ulong)call.To.Kind).For(call.Number);
}
