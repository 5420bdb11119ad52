using Jobtree.Silo.Chaos;
using Jobtree.Silo.Chaos.Processes;

namespace Jobtree.Silo.Tests.Chaos;

/// <summary>
/// One cluster for all stories: three silos and a Redis, as processes. Its folder stays when something was found to be
/// broken.
/// </summary>
public sealed class ChaosFixture : IAsyncLifetime
{
    private const int Silos = 3;
    private const int Seed = 1;
    private const double Rate = 60;
    private ChaosRun? run;

    internal ChaosRun Run => run ?? throw new InvalidOperationException("There is no redis-server.");

    public async ValueTask InitializeAsync()
    {
        if (RedisServer.Program is not null)
            run = await ChaosRun.Start(
                Directory.CreateTempSubdirectory("jobtree-chaos-").FullName, Silos, Seed, Rate,
                isVaried: false, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (run is null)
            return;
        await run.DisposeAsync();
        if (run.Findings.Count == 0)
            Directory.Delete(run.Cluster.Folder, recursive: true);
    }
}
