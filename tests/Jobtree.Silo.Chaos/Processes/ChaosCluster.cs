using System.Net;
using Jobtree.Api.Access;
using Jobtree.Silo.Chaos.Checks;
using Jobtree.Silo.Chaos.Faults;

namespace Jobtree.Silo.Chaos.Processes;

/// <summary>A Redis and some silos, in a folder of their own.</summary>
internal sealed class ChaosCluster : IAsyncDisposable
{
    private const string Service = "jobtree";
    private const string Loopback = "127.0.0.1";
    private static readonly string[] Durable = ["--appendfsync", "always", "--maxmemory-policy", "noeviction"];

    private ChaosCluster(string folder, int silos, IReadOnlyCollection<FaultGroup> faults)
    {
        Folder = folder;
        Network = faults.Contains(FaultGroup.Links) ? new SmallNetwork(silos) : null;
        Redis = new RedisServer(Path.Combine(folder, "redis"), Network is null ? Durable
            : [.. Durable, "--bind", Loopback, Network.Switch, "--protected-mode", "no"]);
        if (Network is not null)
            Token = TokenFile.Create(Path.Combine(folder, "tokens.json"), "chaos", Role.Operator, ["*"]);
        Silos = [.. Enumerable.Range(1, silos).Select(index => Silo(index, faults))];
    }

    /// <summary>The network of the silos, of which some can be kept from reaching each other; null: loopback.</summary>
    public SmallNetwork? Network { get; }

    /// <summary>What the silos ask for; null: nothing, since they are on loopback.</summary>
    public string? Token { get; }

    /// <summary>Where logs and Redis' file are.</summary>
    public string Folder { get; }

    /// <summary>Its append-only file is written before anything is answered.</summary>
    public RedisServer Redis { get; }

    public IReadOnlyList<SiloProcess> Silos { get; }

    public static async Task<ChaosCluster> Start(
        string folder, int silos, IReadOnlyCollection<FaultGroup> faults)
    {
        var cluster = new ChaosCluster(folder, silos, faults);
        try
        {
            await cluster.Redis.Start();
            foreach (var silo in cluster.Silos)
                silo.Begin();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads what is stored, past the silos.</summary>
    public Task<Store> Store() => Store(Redis);

    /// <summary>Reads what a copy of it has.</summary>
    public static async Task<Store> Store(RedisServer redis) => new(await redis.Connect(), Service);

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in Silos)
        {
            await silo.DisposeAsync();
            if (silo.WayToRedis is { } way)
                await way.DisposeAsync();
        }
        await Redis.DisposeAsync();
        Network?.Dispose();
    }

    private SiloProcess Silo(int index, IReadOnlyCollection<FaultGroup> faults)
    {
        var host = Network?.Switch ?? Loopback;
        var way = faults.Contains(FaultGroup.Delays)
            ? new Relay(IPAddress.Parse(host), IPEndPoint.Parse(Redis.Endpoint)) : null;
        return new SiloProcess(index, Folder, way?.Endpoint ?? $"{host}:{Redis.Port}", Network)
        {
            WayToRedis = way,
            Clock = faults.Contains(FaultGroup.Clocks)
                ? new FakeClock(Path.Combine(Folder, $"silo-{index}.time")) : null,
        };
    }
}
