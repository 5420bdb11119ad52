using Jobtree.Silo.Chaos.Checks;

namespace Jobtree.Silo.Chaos.Processes;

/// <summary>A Redis and some silos, in a folder of their own.</summary>
internal sealed class ChaosCluster : IAsyncDisposable
{
    private const string Service = "jobtree";

    private ChaosCluster(string folder, int silos)
    {
        Folder = folder;
        Redis = new RedisServer(
            Path.Combine(folder, "redis"), "--appendfsync", "always", "--maxmemory-policy", "noeviction");
        Silos = [.. Enumerable.Range(1, silos).Select(index => new SiloProcess(index, folder, Redis.Endpoint))];
    }

    /// <summary>Where logs and Redis' file are.</summary>
    public string Folder { get; }

    /// <summary>Its append-only file is written before anything is answered.</summary>
    public RedisServer Redis { get; }

    public IReadOnlyList<SiloProcess> Silos { get; }

    public static async Task<ChaosCluster> Start(string folder, int silos)
    {
        var cluster = new ChaosCluster(folder, silos);
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
    public async Task<Store> Store() => new(await Redis.Connect(), Service);

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in Silos)
            await silo.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
