using System.Collections.Concurrent;
using System.Diagnostics;
using Jobtree.Silo.Chaos.Checks;
using Jobtree.Silo.Chaos.Load;
using Jobtree.Silo.Chaos.Measuring;
using Jobtree.Silo.Chaos.Processes;
using StackExchange.Redis;

namespace Jobtree.Silo.Chaos.Faults;

/// <summary>
/// Breaks one thing after the other, and has each mended while the next one breaks. What, whom and when follows from
/// the seed; how it then interleaves does not.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="drawn">What is drawn from.</param>
/// <param name="api">Asks silos what they say of themselves.</param>
/// <param name="failovers">Measures how long flavors are away.</param>
/// <param name="findings">Told of what does not become of a fault that should.</param>
/// <param name="seed">Draws.</param>
/// <param name="log">Told of each fault.</param>
internal sealed class FaultInjector(ChaosCluster cluster, IReadOnlyList<FaultKind> drawn, ApiClients api,
    FailoverMeter failovers, Findings findings, int seed, TextWriter log) : IDisposable
{
    /// <summary>
    /// The longest that a silo is paused, should the others not be well enough themselves to declare it dead.
    /// </summary>
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(40);
    /// <summary>
    /// How long a silo that goes on may take to see that it was declared dead, and to end: it looks every 15 s, and
    /// Redis may be away meanwhile.
    /// </summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(90);

    /// <summary>For how long nothing else is done after the first kill, so that what follows is its own work.</summary>
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(12);

    private readonly Random random = new(seed);
    private readonly ConcurrentDictionary<FaultKind, int> done = [];
    private readonly ConcurrentDictionary<SiloProcess, bool> paused = [];
    private readonly RedisFaults redis = new(cluster);
    private readonly ClockFaults clocks = new(api, findings);
    private readonly LinkFaults links = new(cluster, findings);
    private int mending;
    private int declaredDead;

    /// <summary>How often each was done.</summary>
    public IReadOnlyDictionary<FaultKind, int> Done => done;

    /// <summary>How many paused silos were declared dead before they went on.</summary>
    public int DeclaredDead => Volatile.Read(ref declaredDead);

    /// <summary>
    /// Kills a silo and leaves the cluster to itself for a while; then strikes every few seconds until told to stop,
    /// and mends everything.
    /// </summary>
    public async Task Run(CancellationToken stop)
    {
        var mends = new List<Task>();
        if (await Waits(TimeSpan.FromSeconds(2), stop))
            mends.Add(Strike(FaultKind.KillSilo, Victim(), TimeSpan.FromSeconds(4)));
        await Waits(Calm, stop);
        while (await Waits(TimeSpan.FromSeconds(2 + random.Next(5)), stop))
        {
            var kind = drawn[random.Next(drawn.Count)];
            mends.Add(Strike(kind, Victim(), TimeSpan.FromMilliseconds(500 + random.Next(4500))));
        }
        await Task.WhenAll(mends);
    }

    /// <summary>Does one thing, and mends it after a while.</summary>
    /// <param name="kind">What.</param>
    /// <param name="silo">Whom, if it is done to a silo.</param>
    /// <param name="downFor">For how long; a paused silo counts from when it was declared dead.</param>
    public async Task Strike(FaultKind kind, SiloProcess silo, TimeSpan downFor)
    {
        var dice = random.Next();
        failovers.Disturb();
        done.AddOrUpdate(kind, 1, static (_, count) => count + 1);
        var isOfSilo = kind is not (FaultKind.KillAllSilos or FaultKind.KillRedis or FaultKind.PauseRedis
            or FaultKind.DelayRedis);
        var victim = isOfSilo ? $"silo {silo.Index} " : "";
        await log.WriteLineAsync(
            $"{DateTime.UtcNow:HH:mm:ss.fff} {kind} {victim}for {downFor.TotalSeconds:0.0} s");
        var (isFirst, struck) = (Interlocked.Increment(ref mending) == 1, done.Values.Sum());
        bool IsAlone() => isFirst && done.Values.Sum() == struck;
        try
        {
            await (kind switch
            {
                FaultKind.KillSilo => Kill(silo, downFor, isFirst),
                FaultKind.PauseSilo => Pause(silo, downFor, isFirst),
                FaultKind.StopSilo => silo.Stop(),
                FaultKind.KillAllSilos => Task.WhenAll(cluster.Silos.Select(each => each.Kill(downFor))),
                FaultKind.KillRedis => redis.Kill(downFor),
                FaultKind.PauseRedis => redis.Pause(downFor),
                FaultKind.StepClock or FaultKind.BeginWithWrongClock =>
                    clocks.Set(kind, silo, downFor, dice, IsAlone),
                FaultKind.DelayRedis => redis.Delay(downFor, dice),
                FaultKind.PartFromRedis => redis.Part(silo, downFor),
                FaultKind.BreakLink or FaultKind.BreakOneWay or FaultKind.Isolate =>
                    links.Break(kind, silo, downFor, IsAlone),
                _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "It is not done to a cluster in use."),
            });
        }
        finally
        {
            Interlocked.Decrement(ref mending);
        }
    }

    public void Dispose()
    {
        redis.Dispose();
        clocks.Dispose();
        links.Dispose();
    }

    /// <summary>A silo that runs, if there is one: what is done to one that does not is nothing.</summary>
    private SiloProcess Victim()
    {
        var running = cluster.Silos.Where(silo => silo.IsUp && !paused.ContainsKey(silo)).ToArray();
        var drawn = random.Next(cluster.Silos.Count);
        return running.Length > 0 ? running[drawn % running.Length] : cluster.Silos[drawn];
    }

    private async Task Kill(SiloProcess silo, TimeSpan downFor, bool isAlone)
    {
        var at = Stopwatch.GetTimestamp();
        await silo.Kill(downFor);
        await Lost("kill", at, isAlone);
    }

    private async Task Pause(SiloProcess silo, TimeSpan more, bool isAlone)
    {
        var at = Stopwatch.GetTimestamp();
        var (port, starts) = (silo.Port, silo.Starts);
        paused[silo] = true;
        await silo.Pause();
        await Lost("pause", at, isAlone);
        var isDead = await Patience.Within(PauseMax, () => IsDead(port));
        if (isDead)
            Interlocked.Increment(ref declaredDead);
        await Task.Delay(more);
        await silo.Continue();
        if (isDead && !await Patience.Within(EndPatience, () => Task.FromResult(silo.Starts > starts)))
            findings.Add(
                $"Silo {silo.Index} was declared dead while it was paused, and {EndPatience.TotalSeconds:0} s later " +
                $"it still went on as if it were not.");
        paused.TryRemove(silo, out _);
    }

    private async Task<bool> IsDead(int port)
    {
        try
        {
            await using var store = await cluster.Store();
            return await store.IsDead(port);
        }
        catch (Exception away) when (away is RedisException or TimeoutException)
        {
            return false;
        }
    }

    /// <summary>
    /// Notes where each flavor's ledger was when its silo may have been lost. Beside other faults nothing is measured:
    /// Redis may not even answer.
    /// </summary>
    private async Task Lost(string fault, long at, bool isAlone)
    {
        if (!isAlone)
            return;
        try
        {
            await using var store = await cluster.Store();
            foreach (var flavor in ChaosFleet.Flavors)
            {
                if (await store.Last(flavor) is { } last)
                    failovers.Lost(fault, at, flavor, last.Sequence);
            }
        }
        catch (Exception away) when (away is RedisException or TimeoutException)
        {
            // The next fault was Redis, and came before this one was noted.
        }
    }

    private static async Task<bool> Waits(TimeSpan time, CancellationToken stop)
    {
        await Task.Delay(time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stop.IsCancellationRequested;
    }
}
