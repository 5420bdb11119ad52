using Jobtree.Silo.Chaos.Processes;

namespace Jobtree.Silo.Chaos.Faults;

/// <summary>Takes Redis away from all silos, or from one of them, and gives it back.</summary>
internal sealed class RedisFaults(ChaosCluster cluster) : IDisposable
{
    private const int LateMinMilliseconds = 50;
    private const int LateMaxMilliseconds = 500;

    /// <summary>A way that is slow or broken for a moment only would not be noticed.</summary>
    private static readonly TimeSpan WayMin = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim server = new(1, 1);
    private readonly SemaphoreSlim ways = new(1, 1);

    /// <summary>Kills it, and starts it again on its file.</summary>
    public Task Kill(TimeSpan downFor) => Alone(server, async () =>
    {
        await cluster.Redis.Kill();
        await Task.Delay(downFor);
        await cluster.Redis.Start();
    });

    /// <summary>Has it not run for a while.</summary>
    public Task Pause(TimeSpan downFor) => Alone(server, async () =>
    {
        await cluster.Redis.Pause();
        await Task.Delay(downFor);
        await cluster.Redis.Continue();
    });

    /// <summary>Makes what silos and Redis say to each other late, and breaks all connections at the end.</summary>
    /// <param name="time">For how long.</param>
    /// <param name="dice">Draws by how much.</param>
    public Task Delay(TimeSpan time, int dice) => Alone(ways, async () =>
    {
        var late = TimeSpan.FromMilliseconds(
            LateMinMilliseconds + dice % (LateMaxMilliseconds - LateMinMilliseconds + 1));
        foreach (var silo in cluster.Silos)
            silo.WayToRedis!.Late = late;
        await Task.Delay(time + WayMin);
        foreach (var silo in cluster.Silos)
        {
            silo.WayToRedis!.Late = TimeSpan.Zero;
            silo.WayToRedis.Cut();
        }
    });

    /// <summary>Keeps one silo from Redis. Nothing of what it says is lost: it arrives at the end.</summary>
    public Task Part(SiloProcess silo, TimeSpan time) => Alone(ways, async () =>
    {
        silo.WayToRedis!.Hold();
        await Task.Delay(time + WayMin);
        silo.WayToRedis.LetGo();
    });

    public void Dispose()
    {
        server.Dispose();
        ways.Dispose();
    }

    private static async Task Alone(SemaphoreSlim gate, Func<Task> fault)
    {
        await gate.WaitAsync();
        try
        {
            await fault();
        }
        finally
        {
            gate.Release();
        }
    }
}
