using Jobtree.Actors.Reporting;
using Jobtree.Core.Model;
using Jobtree.Grains.Homes;
using Orleans.Runtime;
using Orleans.Runtime.Services;

namespace Jobtree.Grains.Reporting;

/// <summary>
/// What was reported about runs of the cluster: those that live on this silo from its memory, the others from the
/// memory of their silos, with one message to each. Telemetry is worth no wait: a silo that does not answer soon is
/// left out.
/// </summary>
internal sealed class ClusterReports(
    RunHomes homes, ILocalSiloDetails silo, ReportedRuns reported, IServiceProvider services) : IRunReports
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lazy<Client> client = new(() => new Client(services));

    /// <summary>The reports that this silo keeps.</summary>
    public ReportedRuns Local => reported;

    public IReadOnlyList<ReportedRun> WithSeries() => reported.WithSeries(IsHere);

    /// <summary>Whether a run lives on this silo.</summary>
    /// <param name="run">The run.</param>
    private bool IsHere(RunKey run) => homes.Of(run)?.Equals(silo.SiloAddress) != false;

    /// <summary>What was last reported about runs; those of which nothing is known are left out.</summary>
    /// <param name="runs">The runs.</param>
    public ValueTask<IReadOnlyList<ReportedRun>> Of(IReadOnlyList<RunKey> runs) =>
        runs.All(IsHere) ? ValueTask.FromResult(reported.Of(runs)) : OfAll(runs);

    private async ValueTask<IReadOnlyList<ReportedRun>> OfAll(IReadOnlyList<RunKey> runs)
    {
        var known = await Task.WhenAll(runs.GroupBy(run => homes.Of(run) ?? silo.SiloAddress)
            .Select(group => At(group.Key, [.. group])));
        return [.. known.SelectMany(reports => reports)];
    }

    private async Task<IReadOnlyList<ReportedRun>> At(SiloAddress home, RunKey[] runs)
    {
        if (home.Equals(silo.SiloAddress))
            return reported.Of(runs);
        try
        {
            return (await client.Value.At(home).Reported(new ReportsQuery(runs)).WaitAsync(Patience)).Runs;
        }
        catch (Exception failure) when (failure is TimeoutException or OrleansException or IOException
            or OperationCanceledException)
        {
            // The silo is leaving, or older than these reports.
            return [];
        }
    }

    private sealed class Client(IServiceProvider services) : GrainServiceClient<IReportsService>(services)
    {
        public IReportsService At(SiloAddress silo) => GetGrainService(silo);
    }
}
