using Jobtree.Api.Access;
using Jobtree.Silo.Chaos.Checks;

namespace Jobtree.Silo.Chaos.Processes;

/// <summary>A Redis and some silos, in a folder of their own.</summary>
internal sealed class ChaosCluster : IAsyncDisposable
{
    private const string Service = "jobtree";

    private ChaosCluster(string folder, int silos, SmallNetwork? network)
    {
        (Folder, Network) = (folder, network);
        string[] settings = ["--appendfsync", "always", "--maxmemory-policy", "noeviction"];
        Redis = new RedisServer(Path.Combine(folder, "redis"), network is null ? settings
            : [.. settings, "--bind", "127.0.0.1", network.Switch, "--protected-mode", "no"]);
        if (network is not null)
            Token = TokenFile.Create(Path.Combine(folder, "tokens.json"), "chaos", Role.Operator, ["*"]);
        Silos = [.. Enumerable.Range(1, silos).Select(index => new SiloProcess(index, folder, Redis.Port, network))];
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

    public static async Task<ChaosCluster> Start(string folder, int silos, bool hasNetwork)
    {
        var cluster = new ChaosCluster(folder, silos, hasNetwork ? new SmallNetwork(silos) : null);
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
        Network?.Dispose();
    }
}
